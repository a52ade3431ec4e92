import { Transform } from 'class-transformer';
import { IsDate, Matches, ValidateBy } from 'class-validator';
import { isStorableJson } from '@imgsrv/platform';
import { parseRfc3339 } from './rfc3339.js';

const LARGEST_ATTRIBUTES_BYTES = 16 * 1024;

/** A name for people: 1 to 255 characters, not only blanks, no control characters. */
export const IsDisplayName = (): PropertyDecorator =>
  Matches(/^(?=.*\S)[^\p{Cc}\p{Cs}]{1,255}$/u, {
    message: '$property must be 1 to 255 characters, not only blanks, without control characters',
  });

/** Like a display name, but it may be empty. */
export const IsLabel = (): PropertyDecorator =>
  Matches(/^[^\p{Cc}\p{Cs}]{0,255}$/u, {
    message: '$property must be at most 255 characters, without control characters',
  });

/** An RFC 3339 date-time, as a Date. */
export function IsTime(): PropertyDecorator {
  const parse = Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' ? (parseRfc3339(value) ?? value) : value,
  );
  const check = IsDate({ message: '$property must be an RFC 3339 time such as 2030-01-31T12:00:00Z' });
  return (target, property) => {
    parse(target, property);
    check(target, property);
  };
}

/** A JSON object of at most 16 KiB that the database can keep. */
export const IsAttributes = (): PropertyDecorator =>
  ValidateBy({
    name: 'isAttributes',
    validator: {
      validate: isAttributes,
      defaultMessage: () =>
        '$property must be a JSON object of at most 16 KiB, without NUL characters and unpaired surrogates',
    },
  });

function isAttributes(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Buffer.byteLength(JSON.stringify(value)) <= LARGEST_ATTRIBUTES_BYTES &&
    isStorableJson(value)
  );
}
