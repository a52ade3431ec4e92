import { DependencyUnavailableError, FailedStatementError, ImgsrvError } from '@imgsrv/platform';
import { PermanentJobError } from './job.errors.js';

/**
 * Whose fault the error of a handler is. `dependency`: nobody can do such work now. `job`: trying again cannot help.
 * `attempt`: nobody knows; it counts against this job, and says nothing of others.
 */
export type Blame = 'dependency' | 'job' | 'attempt';

export function blameFor(error: unknown): Blame {
  if (error instanceof DependencyUnavailableError) {
    return error.isOutage ? 'dependency' : 'attempt';
  }
  const isPoison =
    error instanceof PermanentJobError || (error instanceof FailedStatementError && error.isFaultOfData);
  return isPoison ? 'job' : 'attempt';
}

const LONGEST_REASON = 2000;

/** Our own errors speak to callers; of anything else only the log says more. The database can keep the text. */
export function reasonForCaller(error: unknown): string {
  return error instanceof ImgsrvError
    ? error.message.slice(0, LONGEST_REASON).toWellFormed().replaceAll('\0', '\uFFFD')
    : 'An internal error, described in the log of the worker.';
}
