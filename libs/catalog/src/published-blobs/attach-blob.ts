import { type Digest, keepBlob, keepBlobs } from '@imgsrv/cas';
import type { Transaction } from '@imgsrv/platform';
import { BlobNotAvailableError } from '../catalog.errors.js';
import { findInvisibleBlobs, isBlobVisible, type Viewer } from '../visibility.js';

/**
 * Before a draft refers to a blob: when it is there, collection waits for this transaction and then sees the reference. It
 * need not be there, except for a limited writer, who must see it: otherwise knowing a digest would be enough to publish
 * what somebody else uploaded. Throws BlobNotAvailableError.
 */
export async function attachBlob(tx: Transaction, digest: Digest, viewer: Viewer): Promise<void> {
  await keepBlob(tx, digest);
  if (!(await isBlobVisible(tx, digest, viewer))) {
    throw new BlobNotAvailableError(digest);
  }
}

/** As `attachBlob`, for many at once: gives those that the viewer may not refer to. */
export async function attachBlobs(
  tx: Transaction,
  digests: readonly Digest[],
  viewer: Viewer,
): Promise<Digest[]> {
  await keepBlobs(tx, digests);
  return findInvisibleBlobs(tx, digests, viewer);
}
