import { ImgsrvError } from '@imgsrv/platform';

/** No verified blob of this digest that the caller may see. */
export class BlobNotFoundError extends ImgsrvError {
  readonly code = 'blob-not-found';

  constructor() {
    super('There is no such blob.');
  }
}
