import { DependencyUnavailableError, ImgsrvError } from '@imgsrv/platform';

/** The body of a part did not carry the number of bytes it announced. */
export class TruncatedBodyError extends ImgsrvError {
  readonly code = 'truncated-body';
}

/** The store takes no part whose size it is not told, and the driver has no memory to find it out. */
export class PartLengthRequiredError extends ImgsrvError {
  readonly code = 'length-required';

  constructor() {
    super('The object store needs to know the size of so large a part: send it with a Content-Length.');
  }
}

/** A part named at completion is not in the store, or not with that etag and size. */
export class PartMismatchError extends ImgsrvError {
  readonly code = 'part-mismatch';
}

/** The store no longer knows the multipart upload and has no object at its key. */
export class NoSuchMultipartUploadError extends ImgsrvError {
  readonly code = 'upload-lost';
}

/** Nothing is stored at a key that must exist. */
export class NoSuchObjectError extends ImgsrvError {
  readonly code = 'object-missing';

  constructor(options?: { readonly cause: unknown }) {
    super('The stored bytes are missing; an operator has to restore them from a back-up.', options);
  }
}

/**
 * What the store keeps at a key is not what was put there. A caller sees a store that cannot answer, because a restored
 * back-up may mend it.
 */
export class DamagedObjectError extends DependencyUnavailableError {
  constructor(what: string, cause?: unknown) {
    super('object-store', { reason: 'damaged', cause: new Error(what, { cause }) });
  }
}
