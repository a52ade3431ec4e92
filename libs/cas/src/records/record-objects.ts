import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { parseRecordKey, type RecordKey, recordKey, type RecordSubject } from '../object-keys.js';
import { DamagedObjectError } from '../object-store/object-store.errors.js';
import type { ObjectStore } from '../object-store/object-store.js';

/** Far above the record of a version with all that it may have. */
const LARGEST_BYTES = 128 * 1024 * 1024;

/** Stores the bytes at their key, whole or not at all. Safe to repeat, and to do twice at once. */
export async function putRecord(store: ObjectStore, key: RecordKey, bytes: Buffer): Promise<void> {
  const storageKey = recordKey(key);
  if ((await store.head(storageKey))?.sizeBytes === bytes.length) {
    return;
  }
  const uploadId = await store.createMultipartUpload(storageKey);
  try {
    const part = { key: storageKey, uploadId, partNumber: 1, sizeBytes: bytes.length };
    const { etag } = await store.putPart(part, Readable.from([bytes], { objectMode: false }));
    await store.completeMultipartUpload(storageKey, uploadId, [
      { partNumber: 1, etag, sizeBytes: bytes.length },
    ]);
  } catch (error) {
    // What stays all the same is found by the sweep.
    await store.abortMultipartUpload(storageKey, uploadId).catch(() => undefined);
    throw error;
  }
}

/** The last record of every subject in the store, by the id of the subject. Its memory grows with their number. */
export async function listLastRecords(
  store: ObjectStore,
  subject: RecordSubject,
): Promise<Map<string, RecordKey>> {
  const last = new Map<string, RecordKey>();
  for await (const { key } of store.list(`records/${subject}/`)) {
    const found = parseRecordKey(key);
    if (found?.subject === subject && isLater(found, last.get(found.id))) {
      last.set(found.id, found);
    }
  }
  return last;
}

function isLater(record: RecordKey, other: RecordKey | undefined): boolean {
  return other === undefined || recordKey(record) > recordKey(other);
}

/** The bytes of a record. Throws DamagedObjectError when they are not those that its key names, and NoSuchObjectError. */
export async function readRecord(store: ObjectStore, key: RecordKey): Promise<Buffer> {
  const { sizeBytes, body } = await store.openRead(recordKey(key));
  if (sizeBytes > LARGEST_BYTES) {
    body.destroy();
    throw new DamagedObjectError(`a record of ${sizeBytes} bytes`);
  }
  const chunks: Buffer[] = [];
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(Buffer.from(chunk));
  }
  const bytes = Buffer.concat(chunks);
  if (createHash('sha256').update(bytes).digest('hex') !== key.sha256Hex) {
    throw new DamagedObjectError('the bytes of a record are not those that its key names');
  }
  return bytes;
}
