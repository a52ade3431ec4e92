import secureJson from 'secure-json-parse';
import { InvalidRequestError } from './http.errors.js';
import { findUnstorableTexts } from './unstorable-text.js';

const DEEPEST = 32;
/** Told of at once. */
const MOST_FAULTS = 20;

/**
 * One JSON object in UTF-8 without keys that reach for a prototype, nested at most 32 deep, and of texts that can be stored.
 * Throws InvalidRequestError for everything else.
 */
export function parseJsonObject(bytes: Buffer): object {
  const value = parse(decode(bytes));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidRequestError('The body must be a JSON object.');
  }
  if (isDeeperThan(value, DEEPEST)) {
    throw new InvalidRequestError(`The body must be nested at most ${DEEPEST} deep.`);
  }
  const [first, ...others] = findUnstorableTexts(value).slice(0, MOST_FAULTS);
  if (first !== undefined) {
    throw InvalidRequestError.of(first, ...others);
  }
  return value;
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new InvalidRequestError('The body must be UTF-8.');
  }
}

function parse(text: string): unknown {
  try {
    return secureJson.parse(text, null, { protoAction: 'error', constructorAction: 'error' });
  } catch {
    throw new InvalidRequestError('The body must be one well-formed JSON value.');
  }
}

function isDeeperThan(root: object, deepest: number): boolean {
  let level: object[] = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth >= deepest) {
      return true;
    }
    level = level.flatMap((node) => Object.values(node).filter(isObject));
  }
  return false;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
