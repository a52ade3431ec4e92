import { Readable } from 'node:stream';
import type { ObjectStore } from '@imgsrv/cas';

/** Stores the bytes under the key, as an upload of one part leaves them. */
export async function putObject(store: ObjectStore, key: string, bytes: Buffer): Promise<void> {
  const uploadId = await store.createMultipartUpload(key);
  const part = { key, uploadId, partNumber: 1, sizeBytes: bytes.length };
  const { etag } = await store.putPart(part, Readable.from([bytes], { objectMode: false }));
  await store.completeMultipartUpload(key, uploadId, [{ partNumber: 1, etag, sizeBytes: bytes.length }]);
}
