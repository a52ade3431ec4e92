import { InvalidCursorError } from './invalid-cursor.error.js';

const LONGEST_CURSOR = 1024;

/** Packs the sort key of the last item of a page. */
export function encodeCursor(key: readonly string[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/**
 * Unpacks a sort key whose members match `shape`, one pattern a member; no members when there is no cursor. Throws
 * InvalidCursorError.
 */
export function decodeCursor(cursor: string | undefined, shape: readonly RegExp[]): string[] {
  if (cursor === undefined) {
    return [];
  }
  const key = cursor.length > LONGEST_CURSOR ? undefined : parseStrings(cursor);
  if (key?.length !== shape.length || !shape.every((pattern, at) => pattern.test(key[at] ?? ''))) {
    throw new InvalidCursorError();
  }
  return key;
}

function parseStrings(cursor: string): string[] | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return isStrings(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((member) => typeof member === 'string');
}
