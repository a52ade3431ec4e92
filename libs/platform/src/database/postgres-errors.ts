import {
  QueryFailedError,
  QueryRunnerAlreadyReleasedError,
  QueryRunnerProviderAlreadyReleasedError,
} from 'typeorm';
import { FailedStatementError } from './failed-statement.error.js';

/**
 * Why the database did not do what it was asked, although nothing is wrong with the statement: nobody answers or no
 * connection is to be had; it accepts no writes; it ran into another transaction or out of time.
 */
export type DatabaseTrouble = 'unreachable' | 'read-only' | 'busy';

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const TROUBLE_OF_SQLSTATE: readonly (readonly [RegExp, DatabaseTrouble])[] = [
  // Connection exceptions, insufficient resources, the shutdown states, sessions that a time-out ended.
  [/^(08...|53[0-9A-Z]{3}|57P0[1-5]|25P0[34])$/, 'unreachable'],
  [/^25006$/, 'read-only'],
  // Serialization failures and deadlocks, a lock that was not to be had in time, a statement that took too long.
  [/^(40...|55P03|57014)$/, 'busy'],
];
const UNAVAILABLE_ERRNO = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
  'ENETUNREACH',
  // No descriptor is left for a connection.
  'EMFILE',
  'ENFILE',
]);
/** pg raises these as plain errors without a code. */
const UNAVAILABLE_MESSAGE =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable|Driver not Connected/i;

/** The trouble that a failure tells of; undefined when the statement itself, or what called it, is wrong. */
export function databaseTrouble(error: unknown): DatabaseTrouble | undefined {
  if (isCutTransaction(error) || isSilent(error)) {
    return 'unreachable';
  }
  const cause = driverError(error);
  const code = codeOf(cause);
  if (code !== undefined) {
    const known = TROUBLE_OF_SQLSTATE.find(([pattern]) => pattern.test(code));
    if (known !== undefined || UNAVAILABLE_ERRNO.has(code)) {
      return known?.[1] ?? 'unreachable';
    }
  }
  if (code === 'ENOENT' && isOfConnect(cause)) {
    return 'unreachable';
  }
  return cause instanceof Error && (UNAVAILABLE_MESSAGE.test(cause.message) || isUnavailableAggregate(cause))
    ? 'unreachable'
    : undefined;
}

/** True when the failure says nothing of the statement, only that the database could not be asked. */
export function isDatabaseUnavailable(error: unknown): boolean {
  return databaseTrouble(error) === 'unreachable';
}

/** True when a connection gave no answer for longer than the server itself lets a statement run: it leads nowhere. */
export function isSilent(error: unknown): boolean {
  const cause = driverError(error);
  return cause instanceof Error && cause.message === 'Query read timeout';
}

/** Without a Unix socket; any other file that is missing says nothing of the database. */
function isOfConnect(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && error.syscall === 'connect';
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
  return error instanceof FailedStatementError ? error.sqlState : codeOf(driverError(error));
}

function driverError(error: unknown): unknown {
  return error instanceof QueryFailedError ? error.driverError : error;
}

function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}
