import {
  DESCRIPTION_MAX_LENGTH,
  DESCRIPTION_PATTERN,
  DIGEST,
  DISPLAY_NAME_MAX_LENGTH,
  DISPLAY_NAME_PATTERN,
  IMAGE_NAME,
  MAX_DECLARED_SIZE_BYTES,
  MEDIA_TYPE,
  type NameGrammar,
  TOKEN,
  VERSION_NAME,
} from '@imgsrv/catalog';
import { applyDecorators } from '@nestjs/common';
import { IsInt, IsString, Matches, Max, MaxLength, Min } from 'class-validator';

export const IsImageName = () => matching(IMAGE_NAME);
export const IsVersionName = () => matching(VERSION_NAME);
export const IsToken = () => matching(TOKEN);
export const IsMediaType = () => matching(MEDIA_TYPE);
export const IsDigestText = () => matching(DIGEST);

export const IsDisplayName = () =>
  applyDecorators(
    IsString(),
    MaxLength(DISPLAY_NAME_MAX_LENGTH),
    Matches(DISPLAY_NAME_PATTERN, { message: '$property must not have control characters' }),
  );

export const IsDescription = () =>
  applyDecorators(
    IsString(),
    MaxLength(DESCRIPTION_MAX_LENGTH),
    Matches(DESCRIPTION_PATTERN, {
      message: '$property must not have control characters besides tabs and line breaks',
    }),
  );

export const IsSizeBytes = () => applyDecorators(IsInt(), Min(0), Max(MAX_DECLARED_SIZE_BYTES));

function matching(grammar: NameGrammar<string>): PropertyDecorator {
  return Matches(grammar.pattern, { message: `$property is not valid: ${grammar.refusal}` });
}
