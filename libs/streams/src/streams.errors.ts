import { ImgsrvError } from '@imgsrv/platform';
import { InvalidImageMetadataError } from './metadata/invalid-image-metadata.error.js';

/** An artifact that would be listed has an architecture that Incus does not know, and would drop without a word. */
export class UnprojectableArchitectureError extends ImgsrvError {
  readonly code = 'unprojectable-architecture';

  constructor(artifact: string, architecture: string) {
    super(
      `Artifact ${artifact}: Incus knows no architecture "${architecture}". ` +
        'Use one of its names, such as x86_64 or aarch64, or take away the attachment that offers it to Incus and LXD.',
    );
  }
}

/** No listed image has a file of this digest. */
export class StreamsFileNotFoundError extends ImgsrvError {
  readonly code = 'streams-file-not-found';

  constructor() {
    super('There is no such file.');
  }
}

/** The documents could not be made as clients need them, and there are no earlier ones to serve. */
export class StreamsDocumentsInvalidError extends ImgsrvError {
  readonly code = 'streams-documents-invalid';

  constructor() {
    super('The Simple Streams documents cannot be served right now.');
  }
}

/**
 * True for an error that says that a version cannot be projected as it is: trying again cannot help, and the message
 * tells the publisher what to change.
 */
export function isProjectionRefusal(
  error: unknown,
): error is UnprojectableArchitectureError | InvalidImageMetadataError {
  return error instanceof UnprojectableArchitectureError || error instanceof InvalidImageMetadataError;
}

export type StreamsErrorCode = (
  | UnprojectableArchitectureError
  | InvalidImageMetadataError
  | StreamsFileNotFoundError
  | StreamsDocumentsInvalidError
)['code'];
