import { ImgsrvError } from '@imgsrv/platform';

/** A principal would hold more bytes than it may. */
export class QuotaExceededError extends ImgsrvError {
  readonly code = 'quota-exceeded';

  constructor(used: number, allowed: number, sizeBytes: number) {
    super(
      `You hold ${used} bytes of the ${allowed} that you may, and this upload has ${sizeBytes}: what you have brought has to ` +
        'be collected first, or uploads of yours aborted.',
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
