import { LARGEST_PART_BYTES } from './part-list.js';
import { PartTooLargeError } from './upload.errors.js';
import type { UploadPart, UploadSession } from './upload-session.js';

/** A session and what it holds under one part number. */
export interface PartPlace {
  readonly session: UploadSession;
  /** What a part of this number replaces. */
  readonly held?: UploadPart;
}

/** Why a part of this size cannot belong to the upload; undefined when it can. */
export function refusePart({ session, held }: PartPlace, sizeBytes: number): PartTooLargeError | undefined {
  if (sizeBytes > LARGEST_PART_BYTES) {
    return new PartTooLargeError(`A part may have at most ${LARGEST_PART_BYTES} bytes.`);
  }
  const othersBytes = session.bytesReceived - (held?.sizeBytes ?? 0);
  const roomBytes = Math.max(0, session.expectedSizeBytes - othersBytes);
  return sizeBytes <= roomBytes
    ? undefined
    : new PartTooLargeError(
        `The upload announced ${session.expectedSizeBytes} bytes and its other parts have ${othersBytes}: ` +
          `this part may have at most ${roomBytes}.`,
      );
}
