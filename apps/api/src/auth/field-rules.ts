import { Transform } from 'class-transformer';
import { IsDate, ValidateBy } from 'class-validator';
import { isStorableJson, isStorableText } from '@imgsrv/platform';
import { IsReadableText } from '../http/readable-text.js';
import { parseRfc3339 } from './rfc3339.js';

const LARGEST_ATTRIBUTES_BYTES = 16 * 1024;

const LONGEST_NAME = 255;

/** A name for people: 1 to 255 characters, not only blanks, which people see as they are. */
export const IsDisplayName = (): PropertyDecorator => IsReadableText({ min: 1, max: LONGEST_NAME });

/** Like a display name, but it may be empty. */
export const IsLabel = (): PropertyDecorator => IsReadableText({ max: LONGEST_NAME });

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

/** A text that the database can keep. */
export const IsStorable = (): PropertyDecorator =>
  ValidateBy({
    name: 'isStorable',
    validator: {
      validate: (value) => typeof value === 'string' && isStorableText(value),
      defaultMessage: () => '$property must not contain NUL characters or unpaired surrogates',
    },
  });

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
