import { ImgsrvError } from '@imgsrv/platform';

/** Trying again cannot help: the job, and the step that threw it, fail at once. The message is for the caller. */
export class PermanentJobError extends ImgsrvError {
  readonly code = 'job-failed';
}

/** Another worker holds the job now, or it is over; nothing may be written for it any more. */
export class LeaseLostError extends ImgsrvError {
  readonly code = 'lease-lost';

  constructor() {
    super('The lease on the job was lost.');
  }
}

/** A retry or cancel of a job that has not failed. */
export class JobNotFailedError extends ImgsrvError {
  readonly code = 'job-not-failed';

  constructor(state: string) {
    super(`Only a failed job can be retried or canceled; this one is ${state}.`, {
      members: { current_state: state },
    });
  }
}

export type JobErrorCode = PermanentJobError['code'] | LeaseLostError['code'] | JobNotFailedError['code'];
