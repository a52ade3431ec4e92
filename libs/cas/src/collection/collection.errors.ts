import { ImgsrvError } from '@imgsrv/platform';

/** Something refers to the blob. */
export class BlobReferencedError extends ImgsrvError {
  readonly code = 'blob-referenced';

  constructor() {
    super('A version refers to this blob, so it cannot be deleted.');
  }
}

export class CollectionNotFoundError extends ImgsrvError {
  readonly code = 'collection-not-found';

  constructor() {
    super('There is no such collection.');
  }
}
