import { ImgsrvError } from '@imgsrv/platform';
import type { JobState } from './job.js';

/** Trying again cannot help: the job, and the step that threw it, fail at once. The message is for the caller. */
export class PermanentJobError extends ImgsrvError {
  readonly code = 'job-failed';
}

/** Another worker holds the job now, or it is over; nothing may be written for it any more. */
export class LeaseLostError extends ImgsrvError {
  readonly code = 'lease-lost';

  /** `state`: of the job as it is now, where that is known. */
  constructor(readonly state?: JobState) {
    super(state === 'canceled' ? 'The job was canceled.' : 'The lease on the job was lost.');
  }

  get isCanceled(): boolean {
    return this.state === 'canceled';
  }
}

/** An attempt took longer than it may, or got nowhere for too long. It counts, and the job is tried again. */
export class JobTimedOutError extends ImgsrvError {
  readonly code = 'job-timed-out';
}

/** A retry of a job that has not failed. */
export class JobNotFailedError extends ImgsrvError {
  readonly code = 'job-not-failed';

  constructor(state: string) {
    super(`Only a failed job can be retried; this one is ${state}.`, { members: { current_state: state } });
  }
}

/** A cancel of a job that succeeded or was canceled before. */
export class JobOverError extends ImgsrvError {
  readonly code = 'job-over';

  constructor(state: string) {
    super(`The job is ${state} and cannot be canceled any more.`, { members: { current_state: state } });
  }
}

export type JobErrorCode =
  | PermanentJobError['code']
  | LeaseLostError['code']
  | JobTimedOutError['code']
  | JobNotFailedError['code']
  | JobOverError['code'];
