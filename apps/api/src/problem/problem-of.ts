import {
  ForbiddenError,
  NoMatchingRuleError,
  TooManyFailuresError,
  UnauthenticatedError,
} from '@imgsrv/auth';
import type { ImgsrvError } from '@imgsrv/platform';
import { RangeNotSatisfiableError } from '../downloads/download.errors.js';
import { MethodNotAllowedError } from '../http/http.errors.js';
import { problemKind } from './problem-table.js';

/** All that an error is on the wire. */
export interface Problem {
  readonly status: number;
  /** Those that the error itself calls for. */
  readonly headers: Readonly<Record<string, string>>;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  /** More members of the problem document (RFC 9457). */
  readonly members: Readonly<Record<string, unknown>>;
}

const RETRY_AFTER_S = 2;

/** What the caller is told of an error. An absent one is an internal error and says nothing of its cause. */
export function problemOf(error: ImgsrvError | undefined): Problem {
  const { status, title } = problemKind(error?.code ?? 'internal-error');
  const headers = headersOf(error, status);
  if (error === undefined || status === 500) {
    const detail = 'The service could not answer; its log says why.';
    return { status, headers, code: 'internal-error', title, detail, members: {} };
  }
  return { status, headers, code: error.code, title, detail: error.message, members: error.members };
}

function headersOf(error: ImgsrvError | undefined, status: number): Record<string, string> {
  if (error instanceof TooManyFailuresError) {
    return { 'Retry-After': String(error.retryAfterS) };
  }
  if (status === 503 || status === 429) {
    return { 'Retry-After': String(RETRY_AFTER_S) };
  }
  if (error instanceof RangeNotSatisfiableError) {
    return { 'Content-Range': `bytes */${error.sizeBytes}` };
  }
  if (error instanceof MethodNotAllowedError) {
    return { Allow: error.allowed.join(', ') };
  }
  const challenge = challengeFor(error);
  return challenge === undefined ? {} : { 'WWW-Authenticate': challenge };
}

/** The challenge for the client (RFC 6750, 3). */
function challengeFor(error: ImgsrvError | undefined): string | undefined {
  if (error instanceof UnauthenticatedError) {
    return error.reason === 'missing' ? 'Bearer' : 'Bearer error="invalid_token"';
  }
  return error instanceof ForbiddenError || error instanceof NoMatchingRuleError
    ? 'Bearer error="insufficient_scope"'
    : undefined;
}
