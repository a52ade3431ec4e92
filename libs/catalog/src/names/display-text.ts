import { InvalidTextError } from '../catalog.errors.js';

export const DISPLAY_NAME_MAX_LENGTH = 256;
export const DESCRIPTION_MAX_LENGTH = 4096;

/** Any Unicode but control characters and halves of surrogate pairs, which no store keeps as they are. */
export const DISPLAY_NAME_PATTERN = /^[^\p{Cc}\p{Cs}]*$/u;
/** As a display name, and tabs and line breaks. */
export const DESCRIPTION_PATTERN = /^(?:[^\p{Cc}\p{Cs}]|[\t\n\r])*$/u;

/** The value itself. Throws InvalidTextError; lengths count UTF-16 code units, as JSON Schema validators do. */
export function parseDisplayName(value: string): string {
  if (value.length > DISPLAY_NAME_MAX_LENGTH || !DISPLAY_NAME_PATTERN.test(value)) {
    throw new InvalidTextError(
      `A display name has at most ${DISPLAY_NAME_MAX_LENGTH} characters, none of them a control character.`,
    );
  }
  return value;
}

/** The value itself. Throws InvalidTextError. */
export function parseDescription(value: string): string {
  if (value.length > DESCRIPTION_MAX_LENGTH || !DESCRIPTION_PATTERN.test(value)) {
    throw new InvalidTextError(
      `A description has at most ${DESCRIPTION_MAX_LENGTH} characters and, besides tabs and line breaks, no control characters.`,
    );
  }
  return value;
}
