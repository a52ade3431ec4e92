import {
  CONTENT_READER,
  IMAGE_PATTERN,
  imagePattern,
  type ImageScope,
  MOST_IMAGE_PATTERNS,
} from '@imgsrv/auth';
import { applyDecorators } from '@nestjs/common';
import { ArrayMaxSize, ArrayMinSize, IsArray, Matches } from 'class-validator';

/** One to 64 image patterns. */
export const IsImagePatterns = () =>
  applyDecorators(
    IsArray(),
    ArrayMinSize(1),
    ArrayMaxSize(MOST_IMAGE_PATTERNS),
    Matches(IMAGE_PATTERN, {
      each: true,
      message: 'each of $property must be an image name, or the beginning of one that ends with -*, .* or _*',
    }),
  );

/** Absent patterns mean all images. */
export function toImageScope(patterns: readonly string[] | undefined): ImageScope {
  return patterns === undefined ? 'all' : [...new Set(patterns)].map(imagePattern);
}

/** The member of a response that says what a grant is limited to; none when it is for all images. */
export function toImagePatterns(scope: ImageScope): { readonly image_patterns?: string[] } {
  return scope === 'all' ? {} : { image_patterns: [...scope] };
}

/** The member of a response that says what content-reader is limited to; none when it is for all images. */
export function toReadPatterns({
  roleIds,
  readScope,
}: {
  readonly roleIds: readonly string[];
  readonly readScope: ImageScope;
}): { readonly read_patterns?: string[] } {
  return readScope === 'all' || !roleIds.includes(CONTENT_READER) ? {} : { read_patterns: [...readScope] };
}
