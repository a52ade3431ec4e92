import { types } from 'node:util';

/** Something outside the program keeps it from starting. The message tells the user what, and what to do. */
export class CannotStartError extends Error {
  override readonly name = 'CannotStartError';
}

/** The code of a system error (`EACCES`), or undefined for any other value. */
export function systemErrorCode(error: unknown): string | undefined {
  return types.isNativeError(error) && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}
