import {
  QueryFailedError,
  QueryRunnerAlreadyReleasedError,
  QueryRunnerProviderAlreadyReleasedError,
} from 'typeorm';

/** Codes with which Postgres says that it cannot serve now: class 08, 53 and the shutdown states of 57. */
const UNAVAILABLE_SQLSTATE = /^(08...|53[0-9A-Z]{3}|57P0[1-4]|55P03)$/;
const UNAVAILABLE_ERRNO = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
]);
/** pg raises these as plain errors without a code. */
const UNAVAILABLE_MESSAGE =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Query read timeout|not queryable|Driver not Connected/i;

/** True when the failure says nothing of the statement, only that the database could not be asked. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (isCutTransaction(error)) {
    return true;
  }
  const cause = driverError(error);
  const code = codeOf(cause);
  if (code !== undefined && (UNAVAILABLE_SQLSTATE.test(code) || UNAVAILABLE_ERRNO.has(code))) {
    return true;
  }
  return cause instanceof Error && (UNAVAILABLE_MESSAGE.test(cause.message) || isUnavailableAggregate(cause));
}

/** TypeORM releases the connection of a transaction when that is lost between two statements. */
function isCutTransaction(error: unknown): boolean {
  return (
    error instanceof QueryRunnerAlreadyReleasedError ||
    error instanceof QueryRunnerProviderAlreadyReleasedError
  );
}

function isUnavailableAggregate(error: Error): boolean {
  return (
    error instanceof AggregateError && error.errors.length > 0 && error.errors.every(isDatabaseUnavailable)
  );
}

/** The SQLSTATE of a failed statement, or undefined. */
export function sqlState(error: unknown): string | undefined {
  return codeOf(driverError(error));
}

function driverError(error: unknown): unknown {
  return error instanceof QueryFailedError ? error.driverError : error;
}

function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}
