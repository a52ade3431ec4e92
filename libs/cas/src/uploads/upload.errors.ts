import { ImgsrvError } from '@imgsrv/platform';
import type { UploadState } from './upload-session.js';

export class UploadNotFoundError extends ImgsrvError {
  readonly code = 'upload-not-found';

  constructor(options?: { cause?: unknown }) {
    super('There is no such upload.', options);
  }
}

/** The upload is in a state, or past a time, in which this cannot be done. */
export class UploadStateError extends ImgsrvError {
  readonly code = 'upload-state';

  constructor(detail: string, state: UploadState) {
    super(detail, { members: { current_state: state } });
  }
}

/** The digest is verified already, with another size: the announced pair cannot exist. */
export class BlobSizeConflictError extends ImgsrvError {
  readonly code = 'blob-size-conflict';

  constructor() {
    super('This digest is verified with another size than the one announced.');
  }
}

/** A principal has as many uploads open as it may have. */
export class OpenUploadLimitError extends ImgsrvError {
  readonly code = 'open-upload-limit';

  constructor(used: number, allowed: number) {
    super(
      `You have ${used} uploads open and may have ${allowed}: complete or abort some, or let them expire.`,
      {
        members: { used, allowed },
      },
    );
  }
}

export class UploadTooLargeError extends ImgsrvError {
  readonly code = 'upload-too-large';

  constructor(limitBytes: number) {
    super(`An upload may have at most ${limitBytes} bytes.`);
  }
}

/** A part larger than parts may be, or than what is left of the announced size. */
export class PartTooLargeError extends ImgsrvError {
  readonly code = 'part-too-large';
}

/** The list of parts breaks a rule of its own, whatever was uploaded. */
export class InvalidPartListError extends ImgsrvError {
  readonly code = 'invalid-part-list';
}

/** The parts named do not add up to the announced size. */
export class UploadSizeMismatchError extends ImgsrvError {
  readonly code = 'size-mismatch';

  constructor(sumBytes: number, expectedBytes: number) {
    super(`The parts have ${sumBytes} bytes in total; the upload announced ${expectedBytes}.`);
  }
}

/** The bytes that came are not those of the digest under which they were sent. */
export class DigestMismatchError extends ImgsrvError {
  readonly code = 'digest-mismatch';

  constructor() {
    super('The bytes have another digest than the one in the path; nothing was stored.');
  }
}

/** The bytes of a part are not those its Content-Digest or Content-MD5 announced. */
export class PartDigestMismatchError extends ImgsrvError {
  readonly code = 'part-digest-mismatch';
}
