import { InvalidSizeError } from '../catalog.errors.js';

/** 5 TiB, the largest object that S3 keeps. */
export const MAX_DECLARED_SIZE_BYTES = 5 * 1024 ** 4;

/** The number of bytes itself. Throws InvalidSizeError when it is no whole number from 0 to 5 TiB. */
export function parseDeclaredSize(sizeBytes: number): number {
  if (!Number.isInteger(sizeBytes) || sizeBytes < 0 || sizeBytes > MAX_DECLARED_SIZE_BYTES) {
    throw new InvalidSizeError(MAX_DECLARED_SIZE_BYTES);
  }
  return sizeBytes;
}
