import { ProblemError } from '../problem.error.js';
import { UnexpectedAnswerError, UnreachableServerError } from './connection.errors.js';

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 15_000;
/** A server that asks for more is not worth waiting for. */
const LONGEST_RETRY_AFTER_MS = 120_000;

/** Do not pass by themselves, whatever the status. */
const LASTING = ['blob-damaged', 'object-missing'];

/** Whether the same request may succeed later. `isRepeatable`: doing it twice does no harm. */
export function mayPass(error: unknown, isRepeatable: boolean): boolean {
  if (error instanceof ProblemError) {
    return [429, 503].includes(error.status) && !LASTING.includes(error.code);
  }
  // From a proxy in front of the server, which may have passed the request on.
  if (error instanceof UnexpectedAnswerError) return isRepeatable && [502, 503, 504].includes(error.status);
  return error instanceof UnreachableServerError && (isRepeatable || error.isUnsent);
}

/** How long to wait after this many failures, or undefined when the server asks for too long. `jitter`: 0 … 1. */
export function delayAfter(failures: number, error: unknown, jitter: number): number | undefined {
  const doubled = Math.min(FIRST_DELAY_MS * 2 ** (failures - 1), LONGEST_DELAY_MS);
  const own = doubled * (0.5 + jitter / 2);
  const asked = error instanceof ProblemError ? error.retryAfterMs : undefined;
  if (asked === undefined) return own;
  // Not all at the same moment that the server named.
  return asked > LONGEST_RETRY_AFTER_MS ? undefined : asked + FIRST_DELAY_MS * jitter;
}

/** `Retry-After` in milliseconds: seconds or a date (RFC 9110, 10.2.3). Undefined for anything else. */
export function readRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
