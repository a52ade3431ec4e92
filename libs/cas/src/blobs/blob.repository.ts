import type { Connection, Transaction } from '@imgsrv/platform';
import { type Digest, parseDigest } from '../digest.js';
import type { Blob, BlobInspection } from './blob.js';

/** The verified blob of a digest, or undefined. `Database` and `Transaction` both serve as source. */
export async function findBlob(connection: Connection, digest: Digest): Promise<Blob | undefined> {
  const [row] = await connection.rows<BlobRow>(
    'SELECT digest, size_bytes, storage_key, verified_at FROM blobs WHERE digest = $1',
    [digest],
  );
  return row === undefined ? undefined : toBlob(row);
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
       SELECT digest, size_bytes, storage_key, verified_at FROM blobs WHERE digest = $1 FOR SHARE
     ), reset AS (
       DELETE FROM collection_candidates c USING kept WHERE c.digest = kept.digest
     )
     SELECT digest, size_bytes, storage_key, verified_at FROM kept`,
    [digest],
  );
  return row === undefined ? undefined : toBlob(row);
}

/**
 * Records verified bytes. False when the digest was verified before: the first generation stays, and the bytes at
 * this key are nobody's.
 */
export async function insertBlob(
  tx: Transaction,
  blob: { readonly digest: Digest; readonly sizeBytes: number; readonly storageKey: string },
  inspection: BlobInspection,
): Promise<boolean> {
  const rows = await tx.rows(
    `INSERT INTO blobs (digest, size_bytes, storage_key, detected_format, detected_inside_gzip, virtual_size_bytes,
       format_refusal)
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (digest) DO NOTHING RETURNING digest`,
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

interface BlobRow {
  readonly digest: string;
  readonly size_bytes: string;
  readonly storage_key: string;
  readonly verified_at: Date;
}

function toBlob(row: BlobRow): Blob {
  return {
    digest: parseDigest(row.digest),
    sizeBytes: Number(row.size_bytes),
    storageKey: row.storage_key,
    verifiedAt: row.verified_at,
  };
}
