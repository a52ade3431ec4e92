import type { Connection, Transaction } from '@imgsrv/platform';
import { type Digest, parseDigest } from '../digest.js';
import type { MultipartUploadId } from '../object-store/object-store.js';
import { lockLedgersOf } from '../quotas/quota.repository.js';

/**
 * As SQL, whether something refers to the blob whose digest the expression gives. What may refer to a blob is not known
 * here: whoever collects says so.
 */
export type ReferenceTest = (digest: string) => string;

/** What is known of a blob at one moment; only a lock makes it last. */
export interface ExaminedBlob {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly isReferenced: boolean;
  readonly isCandidate: boolean;
  /** A candidate whose grace is over. */
  readonly isDue: boolean;
}

/** Up to `limit` blobs in the order of their digests, after the one given. */
export async function examineBlobs(
  connection: Connection,
  isReferenced: ReferenceTest,
  after: string,
  limit: number,
): Promise<ExaminedBlob[]> {
  const rows = await connection.rows<ExaminedRow>(
    `SELECT b.digest, b.size_bytes, ${isReferenced('b.digest')} AS referenced, c.digest IS NOT NULL AS candidate,
            COALESCE(c.review_after <= now(), false) AS due
       FROM (SELECT digest, size_bytes FROM blobs WHERE digest > $1 ORDER BY digest LIMIT $2) b
       LEFT JOIN collection_candidates c ON c.digest = b.digest ORDER BY b.digest`,
    [after, limit],
  );
  return rows.map((row) => ({
    digest: parseDigest(row.digest),
    sizeBytes: Number(row.size_bytes),
    isReferenced: row.referenced,
    isCandidate: row.candidate,
    isDue: row.due,
  }));
}

/** Whether something refers to the blob. */
export async function isReferredTo(
  connection: Connection,
  isReferenced: ReferenceTest,
  digest: Digest,
): Promise<boolean> {
  const [row] = await connection.rows<{ referenced: boolean }>(
    `SELECT ${isReferenced('$1::text')} AS referenced`,
    [digest],
  );
  return row?.referenced === true;
}

/** Begins the grace of blobs. One that is a candidate already stays one as it is; one that is gone is left out. */
export async function nominate(tx: Transaction, digests: readonly Digest[], graceMs: number): Promise<void> {
  await tx.rows(
    `INSERT INTO collection_candidates (digest, review_after)
     SELECT digest, now() + $2 * interval '1 millisecond' FROM blobs WHERE digest = ANY ($1)
      ORDER BY digest FOR KEY SHARE
     ON CONFLICT (digest) DO NOTHING`,
    [digests, graceMs],
  );
}

/** Ends the grace of a blob now. */
export async function nominateAtOnce(tx: Transaction, digest: Digest): Promise<void> {
  await tx.rows(
    `INSERT INTO collection_candidates AS c (digest, review_after) VALUES ($1, now())
     ON CONFLICT (digest) DO UPDATE SET review_after = LEAST(c.review_after, now())`,
    [digest],
  );
}

/** Makes those candidates no more that something refers to. */
export async function dropReferenced(
  tx: Transaction,
  isReferenced: ReferenceTest,
  digests: readonly Digest[],
): Promise<void> {
  await tx.rows(
    `DELETE FROM collection_candidates c WHERE c.digest = ANY ($1) AND ${isReferenced('c.digest')}`,
    [digests],
  );
}

export interface RemovedBlob {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly storageKey: string;
  readonly multipartUploadId?: MultipartUploadId;
}

/** What is done about blobs that somebody else has locked, such as to refer to them: left for later, or waited for. */
export type LockedBlobs = 'skip' | 'wait';

/**
 * Takes away the rows of candidates whose grace is over and that nothing refers to, and gives what they were. The
 * statement that removes them sees everything that had committed when their locks were taken, and whoever
 * wants to refer to one of these blobs waits for the transaction to end.
 */
export async function removeDue(
  tx: Transaction,
  isReferenced: ReferenceTest,
  digests: readonly Digest[],
  locked: LockedBlobs,
): Promise<RemovedBlob[]> {
  const held = await tx.rows<{ readonly digest: Digest }>(
    `SELECT digest FROM blobs WHERE digest = ANY ($1) ORDER BY digest FOR UPDATE ${locked === 'skip' ? 'SKIP LOCKED' : ''}`,
    [digests],
  );
  const digestsHeld = held.map(({ digest }) => digest);
  await lockLedgersOf(tx, digestsHeld);
  const rows = await tx.rows<RemovedRow>(
    `DELETE FROM blobs b USING collection_candidates c
      WHERE b.digest = ANY ($1) AND c.digest = b.digest AND c.review_after <= now() AND NOT ${isReferenced('b.digest')}
     RETURNING b.digest, b.size_bytes, b.storage_key,
       (SELECT multipart_upload_id FROM upload_sessions s WHERE s.storage_key = b.storage_key) AS multipart_upload_id`,
    [digestsHeld],
  );
  return rows.map((row) => ({
    digest: parseDigest(row.digest),
    sizeBytes: Number(row.size_bytes),
    storageKey: row.storage_key,
    ...(row.multipart_upload_id === null ? {} : { multipartUploadId: row.multipart_upload_id }),
  }));
}

interface ExaminedRow {
  readonly digest: string;
  readonly size_bytes: string;
  readonly referenced: boolean;
  readonly candidate: boolean;
  readonly due: boolean;
}

interface RemovedRow {
  readonly digest: string;
  readonly size_bytes: string;
  readonly storage_key: string;
  readonly multipart_upload_id: MultipartUploadId | null;
}
