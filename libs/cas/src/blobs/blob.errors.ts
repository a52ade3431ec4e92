import { ImgsrvError } from '@imgsrv/platform';

/** No verified blob of this digest that the caller may see. */
export class BlobNotFoundError extends ImgsrvError {
  readonly code = 'blob-not-found';

  constructor() {
    super('There is no such blob.');
  }
}

/** What the store keeps of a blob are not its bytes: nobody is given them until they were brought again. */
export class BlobDamagedError extends ImgsrvError {
  readonly code = 'blob-damaged';

  constructor() {
    super('The stored bytes of this blob are damaged; uploading the right ones again repairs it.');
  }
}
