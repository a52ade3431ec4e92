import type { PutPart } from './object-store.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const LARGEST_PART_NUMBER = 10_000;

/** Throws `RangeError` for a part number outside 1-10000 or a size that is no count of bytes. */
export function requirePartInLimits({ partNumber, sizeBytes }: PutPart): void {
  if (!Number.isInteger(partNumber) || partNumber < 1 || partNumber > LARGEST_PART_NUMBER) {
    throw new RangeError(`Part numbers are 1-${LARGEST_PART_NUMBER}.`);
  }
  if (sizeBytes !== undefined && (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0)) {
    throw new RangeError('The size of a part is a whole number of bytes.');
  }
}
