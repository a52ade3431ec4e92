import type { Digest } from '@imgsrv/cas';
import type { Transaction } from '@imgsrv/platform';
import { BlobNotAvailableError } from '../catalog.errors.js';
import { keepBlob } from './blob-reference.repository.js';
import { isBlobVisible, type Viewer } from '../visibility.js';

/**
 * Before a draft refers to a blob. It need not be there, except for a limited writer, who must see it: otherwise
 * knowing a digest would be enough to publish what somebody else uploaded. Throws BlobNotAvailableError.
 */
export async function attachBlob(tx: Transaction, digest: Digest, viewer: Viewer): Promise<void> {
  await keepBlob(tx, digest);
  if (!(await isBlobVisible(tx, digest, viewer))) {
    throw new BlobNotAvailableError(digest);
  }
}
