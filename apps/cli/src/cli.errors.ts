import type { ExitReason } from './exit-codes.js';

/** A failure that the command itself found: one sentence, and what to do about it. */
export class CliError extends Error {
  override readonly name = 'CliError';

  constructor(
    readonly reason: ExitReason,
    message: string,
    /** What the user can do. */
    readonly hint?: string,
  ) {
    super(message);
  }
}

export function usageError(message: string, hint?: string): CliError {
  return new CliError('usage', message, hint);
}
