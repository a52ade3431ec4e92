import { type Digest, hashObject, hexOf, isDigest, isGenerationKey, type ObjectStore } from '@imgsrv/cas';
import { type CatalogRecord, NotRestorableError, type RecordedRow } from '../catalog-record.js';

interface RecordedBlob {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly storageKey: string;
}

/**
 * The blobs that the version needs. Throws NotRestorableError unless the record is one of a version that was published, and
 * has a blob for everything that it declares.
 */
export function requireWhole({ id, rows }: CatalogRecord): RecordedBlob[] {
  const [version, ...others] = rows['versions'] ?? [];
  const state = version?.['state'];
  if (version?.['id'] !== id || others.length > 0 || (state !== 'published' && state !== 'withdrawn')) {
    throw new NotRestorableError('its record is not of one published version');
  }
  const artifacts = rows['artifacts'] ?? [];
  const declared = [...artifacts, ...(rows['attachments'] ?? [])];
  const isReleased = state === 'withdrawn' && typeof version['released_at'] === 'string';
  const blobs = (rows['blobs'] ?? []).map(blobOf);
  const known = new Set<unknown>(blobs.map(({ digest }) => digest));
  if (
    artifacts.length === 0 ||
    !declared.every(({ bound_blob_digest: bound }) => known.has(bound) || (isReleased && bound === null))
  ) {
    throw new NotRestorableError('its record does not name every blob that it declares');
  }
  return blobs;
}

function blobOf({ digest, size_bytes: sizeBytes, storage_key: storageKey }: RecordedRow): RecordedBlob {
  if (
    typeof digest !== 'string' ||
    !isDigest(digest) ||
    typeof sizeBytes !== 'number' ||
    typeof storageKey !== 'string' ||
    !isGenerationKey(storageKey) ||
    !storageKey.includes(hexOf(digest))
  ) {
    throw new NotRestorableError('its record names a blob that cannot be one');
  }
  return { digest, sizeBytes, storageKey };
}

/** Throws NotRestorableError when the bytes are not there, or, with `verifyBytes`, not those of the digest. */
export async function requireBytes(
  store: ObjectStore,
  { digest, sizeBytes, storageKey }: RecordedBlob,
  verifyBytes: boolean,
): Promise<void> {
  const head = await store.head(storageKey);
  if (head === undefined) {
    throw new NotRestorableError(`the bytes of ${digest} are missing at ${storageKey}`);
  }
  if (head.sizeBytes !== sizeBytes) {
    throw new NotRestorableError(`${digest} has ${head.sizeBytes} bytes at ${storageKey}, not ${sizeBytes}`);
  }
  if (!verifyBytes) {
    return;
  }
  const hashed = await hashObject(store, storageKey, new AbortController().signal, () => undefined);
  if (hashed?.digestHex !== hexOf(digest)) {
    throw new NotRestorableError(`the bytes at ${storageKey} are not those of ${digest}`);
  }
}
