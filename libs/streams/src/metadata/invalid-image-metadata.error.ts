import { ImgsrvError } from '@imgsrv/platform';

/** The metadata of an image cannot be used as it is; the message says why, for the publisher. */
export class InvalidImageMetadataError extends ImgsrvError {
  readonly code = 'invalid-image-metadata';
}
