import {
  ALIAS_NAME,
  DESCRIPTION_MAX_LENGTH,
  DIGEST,
  DISPLAY_NAME_MAX_LENGTH,
  IMAGE_NAME,
  MAX_DECLARED_SIZE_BYTES,
  MEDIA_TYPE,
  type NameGrammar,
  REASON_MAX_LENGTH,
  TOKEN,
  VERSION_NAME,
} from '@imgsrv/catalog';
import { applyDecorators } from '@nestjs/common';
import { IsInt, Matches, Max, Min } from 'class-validator';
import { IsReadableText } from '../http/readable-text.js';

export const IsImageName = () => matching(IMAGE_NAME);
export const IsVersionName = () => matching(VERSION_NAME);
export const IsAliasName = () => matching(ALIAS_NAME);
export const IsToken = () => matching(TOKEN);
export const IsMediaType = () => matching(MEDIA_TYPE);
export const IsDigestText = () => matching(DIGEST);

export const IsDisplayName = () => IsReadableText({ max: DISPLAY_NAME_MAX_LENGTH });

export const IsDescription = () => IsReadableText({ max: DESCRIPTION_MAX_LENGTH, isProse: true });

export const IsReason = () => IsReadableText({ min: 1, max: REASON_MAX_LENGTH, isProse: true });

export const IsSizeBytes = () => applyDecorators(IsInt(), Min(0), Max(MAX_DECLARED_SIZE_BYTES));

function matching(grammar: NameGrammar<string>): PropertyDecorator {
  return Matches(grammar.pattern, {
    message: `$property must match ${grammar.pattern.source}: ${grammar.refusal}`,
  });
}
