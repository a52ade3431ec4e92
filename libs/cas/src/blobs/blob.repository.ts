import type { Connection, Transaction } from '@imgsrv/platform';
import { type Digest, parseDigest } from '../digest.js';
import type { DiscardedObject } from '../discard/discard-object.js';
import type { MultipartUploadId } from '../object-store/object-store.js';
import type { Blob, BlobInspection, BlobState, DamageKind } from './blob.js';

export const BLOB_COLUMNS = 'digest, size_bytes, storage_key, verified_at, checked_at, damage, damaged_at';

/** As SQL, whether a row of `blobs` of this alias has bytes that can be given to anybody. */
export function isAvailable(blob: string): string {
  return `${blob}.state = 'available'`;
}

/** The verified blob of a digest, or undefined. `Database` and `Transaction` both serve as source. */
export async function findBlob(connection: Connection, digest: Digest): Promise<Blob | undefined> {
  const [row] = await connection.rows<BlobRow>(`SELECT ${BLOB_COLUMNS} FROM blobs WHERE digest = $1`, [
    digest,
  ]);
  return row === undefined ? undefined : toBlob(row);
}

/** As `findBlob`, for many at once, by digest. */
export async function findBlobs(
  connection: Connection,
  digests: readonly Digest[],
): Promise<Map<Digest, Blob>> {
  const rows = await connection.rows<BlobRow>(
    `SELECT ${BLOB_COLUMNS} FROM blobs WHERE digest = ANY ($1::text[])`,
    [digests],
  );
  return new Map(rows.map(toBlob).map((blob) => [blob.digest, blob]));
}

/** As `findBlob`, and until the transaction ends nobody removes the blob or begins to refer to it. */
export async function lockBlob(tx: Transaction, digest: Digest): Promise<Blob | undefined> {
  await tx.rows('SELECT FROM blobs WHERE digest = $1 FOR UPDATE', [digest]);
  return findBlob(tx, digest);
}

/**
 * As `findBlob`, before something begins to refer to the blob: nobody removes it until the transaction ends, and its
 * grace begins anew after that. When it is just being removed, this waits until it is gone.
 */
export async function keepBlob(tx: Transaction, digest: Digest): Promise<Blob | undefined> {
  const [row] = await tx.rows<BlobRow>(
    `WITH kept AS MATERIALIZED (
       SELECT ${BLOB_COLUMNS} FROM blobs WHERE digest = $1 FOR SHARE
     ), reset AS (
       DELETE FROM collection_candidates c USING kept WHERE c.digest = kept.digest
     )
     SELECT ${BLOB_COLUMNS} FROM kept`,
    [digest],
  );
  return row === undefined ? undefined : toBlob(row);
}

/** As `keepBlob`, for many at once, locked in one order for everyone. Digests of which nothing is there are passed over. */
export async function keepBlobs(tx: Transaction, digests: readonly Digest[]): Promise<void> {
  await tx.rows(
    `WITH kept AS MATERIALIZED (
       SELECT digest FROM blobs WHERE digest = ANY ($1) ORDER BY digest FOR SHARE
     )
     DELETE FROM collection_candidates c USING kept WHERE c.digest = kept.digest`,
    [digests],
  );
}

/**
 * Records verified bytes. False when the digest was verified before: the first generation stays, and the bytes at
 * this key are nobody's. The conflict names no columns: `ON CONFLICT (digest)` would not settle one in the other unique index
 * that has the digest in it, where two that insert at the same moment may meet first.
 */
export async function insertBlob(
  tx: Transaction,
  blob: { readonly digest: Digest; readonly sizeBytes: number; readonly storageKey: string },
  inspection: BlobInspection,
): Promise<boolean> {
  const rows = await tx.rows(
    `INSERT INTO blobs (digest, size_bytes, storage_key, detected_format, detected_inside_gzip, virtual_size_bytes,
       format_refusal)
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING digest`,
    [
      blob.digest,
      blob.sizeBytes,
      blob.storageKey,
      inspection.detectedFormat,
      inspection.insideGzip ?? null,
      inspection.virtualSizeBytes ?? null,
      inspection.refusal ?? null,
    ],
  );
  return rows.length > 0;
}

/**
 * Puts verified bytes in the place of damaged ones and gives the object that no row refers to any more. Undefined when the
 * blob is not there or not damaged. The grace of the blob begins anew.
 */
export async function replaceDamaged(
  tx: Transaction,
  { digest, storageKey }: { readonly digest: Digest; readonly storageKey: string },
): Promise<DiscardedObject | undefined> {
  const [row] = await tx.rows<{ storage_key: string; multipart_upload_id: MultipartUploadId | null }>(
    `WITH damaged AS MATERIALIZED (
       SELECT digest, storage_key FROM blobs WHERE digest = $1 AND state = 'damaged' FOR UPDATE
     ), replaced AS (
       UPDATE blobs b SET storage_key = $2, state = 'available', damage = NULL, damaged_at = NULL,
              checked_at = now(), tried_at = now()
         FROM damaged d WHERE b.digest = d.digest
     ), reset AS (
       DELETE FROM collection_candidates c USING damaged d WHERE c.digest = d.digest
     )
     SELECT d.storage_key,
            (SELECT multipart_upload_id FROM upload_sessions s WHERE s.storage_key = d.storage_key) AS multipart_upload_id
       FROM damaged d`,
    [digest, storageKey],
  );
  return (
    row && {
      storageKey: row.storage_key,
      ...(row.multipart_upload_id === null ? {} : { multipartUploadId: row.multipart_upload_id }),
    }
  );
}

/** Blobs in this state, or all, by digest, those after `after`. */
export async function listBlobs(
  connection: Connection,
  state: BlobState | undefined,
  limit: number,
  after = '',
): Promise<Blob[]> {
  const rows = await connection.rows<BlobRow>(
    `SELECT ${BLOB_COLUMNS} FROM blobs WHERE digest > $1 ${state === undefined ? '' : `AND state = '${state}'`}
      ORDER BY digest LIMIT $2`,
    [after, limit],
  );
  return rows.map(toBlob);
}

export interface BlobRow {
  readonly digest: string;
  readonly size_bytes: string;
  readonly storage_key: string;
  readonly verified_at: Date;
  readonly checked_at: Date;
  readonly damage: DamageKind | null;
  readonly damaged_at: Date | null;
}

export function toBlob(row: BlobRow): Blob {
  return {
    digest: parseDigest(row.digest),
    sizeBytes: Number(row.size_bytes),
    storageKey: row.storage_key,
    verifiedAt: row.verified_at,
    checkedAt: row.checked_at,
    ...(row.damage === null || row.damaged_at === null
      ? {}
      : { damage: { kind: row.damage, foundAt: row.damaged_at } }),
  };
}

/** Keeps how large a disk the bytes of a blob are for a guest, where ingest could not tell. Repeating it is safe. */
export async function keepVirtualSize(
  tx: Transaction,
  digest: Digest,
  virtualSizeBytes: number,
): Promise<void> {
  await tx.rows('UPDATE blobs SET virtual_size_bytes = $2 WHERE digest = $1 AND virtual_size_bytes IS NULL', [
    digest,
    virtualSizeBytes,
  ]);
}
