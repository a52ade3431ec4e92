import { ImgsrvError } from '@imgsrv/platform';

/** A principal would hold more bytes than it may. */
export class QuotaExceededError extends ImgsrvError {
  readonly code = 'quota-exceeded';

  constructor(used: number, allowed: number, sizeBytes: number) {
    super(
      `You may store ${allowed} bytes and store ${used}; this upload has ${sizeBytes}. Abort open uploads, let what nothing ` +
        'refers to be collected, or ask for a larger quota.',
      { members: { used, allowed } },
    );
  }
}

/** A quota that would be exceeded from its begin on. */
export class QuotaBelowUseError extends ImgsrvError {
  readonly code = 'quota-below-use';

  constructor(member: 'stored_bytes' | 'open_uploads', used: number, allowed: number) {
    super(`The principal uses ${used} of ${member} already, which is more than ${allowed}.`, {
      members: { used, allowed },
    });
  }
}

/** A quota that limits nothing is none. */
export class EmptyQuotaError extends ImgsrvError {
  readonly code = 'empty-quota';

  constructor() {
    super('A quota needs stored_bytes, open_uploads or both; DELETE takes it away.');
  }
}
