import { isReadableProse, isReadableText } from '@imgsrv/platform';
import { InvalidTextError } from '../catalog.errors.js';

export const DISPLAY_NAME_MAX_LENGTH = 256;
export const DESCRIPTION_MAX_LENGTH = 4096;
export const REASON_MAX_LENGTH = 1024;

/** The value itself. Throws InvalidTextError; lengths count code points, as JSON Schema validators do. */
export function parseDisplayName(value: string): string {
  if (Array.from(value).length > DISPLAY_NAME_MAX_LENGTH || !isReadableText(value)) {
    throw new InvalidTextError(
      `A display name has at most ${DISPLAY_NAME_MAX_LENGTH} characters, none of them a control, bidirectional or zero-width character.`,
    );
  }
  return value;
}

/** The value itself. Throws InvalidTextError. */
export function parseDescription(value: string): string {
  if (Array.from(value).length > DESCRIPTION_MAX_LENGTH || !isReadableProse(value)) {
    throw new InvalidTextError(
      `A description has at most ${DESCRIPTION_MAX_LENGTH} characters and, besides tabs and line breaks, no control, bidirectional or zero-width characters.`,
    );
  }
  return value;
}

/** The value itself: why a version is deprecated or withdrawn. Throws InvalidTextError. */
export function parseReason(value: string): string {
  if (value.trim() === '' || Array.from(value).length > REASON_MAX_LENGTH || !isReadableProse(value)) {
    throw new InvalidTextError(
      `A reason has 1 to ${REASON_MAX_LENGTH} characters, not only blanks, and, besides tabs and line breaks, no control, bidirectional or zero-width characters.`,
    );
  }
  return value;
}
