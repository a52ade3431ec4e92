import type { Digest } from '@imgsrv/cas';
import type { Transaction } from '@imgsrv/platform';

/**
 * Before a draft refers to a blob: when it is there, garbage collection waits for this transaction and then sees
 * the reference; when it is just being collected, this waits until it is gone. It need not be there.
 */
export async function keepBlob(tx: Transaction, digest: Digest): Promise<void> {
  await tx.rows('SELECT FROM blobs WHERE digest = $1 FOR SHARE', [digest]);
}
