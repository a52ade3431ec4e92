import { ImgsrvError } from '@imgsrv/platform';
import type { ImageMetadata } from './image-metadata.js';

/** The metadata of an image cannot be used as it is; the message says why, for the publisher. */
export class InvalidImageMetadataError extends ImgsrvError {
  readonly code = 'invalid-image-metadata';
  /** What can be read of it all the same, for images that were published before it was refused. */
  readonly readable: ImageMetadata;

  constructor(
    message: string,
    { readable = {}, ...options }: ErrorOptions & { readable?: ImageMetadata } = {},
  ) {
    super(message, options);
    this.readable = readable;
  }
}
