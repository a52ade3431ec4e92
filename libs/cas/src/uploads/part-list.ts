import { PartMismatchError } from '../object-store/object-store.errors.js';
import type { CompletedPart } from '../object-store/object-store.js';
import { InvalidPartListError, UploadSizeMismatchError } from './upload.errors.js';
import type { UploadPart } from './upload-session.js';

/** S3 assembles no object with a smaller part before the last. */
export const SMALLEST_PART_BYTES = 5 * 2 ** 20;
export const LARGEST_PART_BYTES = 5 * 2 ** 30;
export const LAST_PART_NUMBER = 10_000;

/**
 * The parts to assemble, in order, when the client's list is well formed, agrees with what was recorded and adds
 * up. Throws InvalidPartListError (the list itself), PartMismatchError (against the record) or
 * UploadSizeMismatchError, in that order.
 */
export function checkPartList(
  named: readonly UploadPart[],
  recorded: readonly UploadPart[],
  expectedSizeBytes: number,
): CompletedPart[] {
  const ordered = [...named].sort((a, b) => a.partNumber - b.partNumber);
  requireWellFormed(ordered);
  const record = new Map(recorded.map((part) => [part.partNumber, part]));
  for (const part of ordered) {
    const received = record.get(part.partNumber);
    if (received === undefined) {
      throw new PartMismatchError(`Part ${part.partNumber} was not received.`);
    }
    if (received.etag !== part.etag || received.sizeBytes !== part.sizeBytes) {
      throw new PartMismatchError(`Part ${part.partNumber} was received with another etag or size.`);
    }
  }
  const sumBytes = ordered.reduce((sum, part) => sum + part.sizeBytes, 0);
  if (sumBytes !== expectedSizeBytes) {
    throw new UploadSizeMismatchError(sumBytes, expectedSizeBytes);
  }
  return ordered;
}

function requireWellFormed(ordered: readonly UploadPart[]): void {
  if (ordered.length === 0) {
    throw new InvalidPartListError('At least one part must be named.');
  }
  ordered.forEach((part, index) => {
    if (ordered[index + 1]?.partNumber === part.partNumber) {
      throw new InvalidPartListError(`Part ${part.partNumber} is named twice.`);
    }
    if (index < ordered.length - 1 && part.sizeBytes < SMALLEST_PART_BYTES) {
      throw new InvalidPartListError(
        `Part ${part.partNumber} has ${part.sizeBytes} bytes; every part but the last needs at least ${SMALLEST_PART_BYTES}.`,
      );
    }
  });
}

const ADVISED_PART_BYTES = 64 * 2 ** 20;

/** A part size with which an upload of `sizeBytes` stays well under 10,000 parts; a multiple of 1 MiB. */
export function advisedPartSizeBytes(sizeBytes: number): number {
  const needed = Math.ceil(sizeBytes / (LAST_PART_NUMBER / 2) / 2 ** 20) * 2 ** 20;
  return Math.max(ADVISED_PART_BYTES, needed);
}
