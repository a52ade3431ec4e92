import type { Connection, Figure, Transaction } from '@imgsrv/platform';
import { BLOB_COLUMNS, type BlobRow, isAvailable, toBlob } from '../blobs/blob.repository.js';
import type { Blob, DamageKind } from '../blobs/blob.js';
import type { Digest } from '../digest.js';

/** What reading a blob costs besides its bytes, as so many bytes more: a store full of small ones is read evenly too. */
const BLOB_COST_BYTES = 65_536;
/** How much of the pace may be caught up after nobody was there to scrub; the rest is left to the margin of the period. */
const MOST_CATCH_UP_MS = 3_600_000;

/** How long may be spent on each byte when everything that is stored is to be read once in `durationMs`. */
export async function readMsPerByte(connection: Connection, durationMs: number): Promise<number> {
  const [row] = await connection.rows<{ cost_bytes: string }>(
    `SELECT COALESCE(sum(size_bytes + ${BLOB_COST_BYTES}), 0) AS cost_bytes FROM blobs`,
  );
  return durationMs / Math.max(1, Number(row?.cost_bytes));
}

/**
 * Up to `limit` blobs that nobody has tried to read for longest, none of them since `before`, and as many as the pace
 * allows now; the last may be larger than that, and is paid for before the next. None while something is owed. The debt is
 * in bytes: what it takes to pay it goes by how much is stored when it is paid.
 */
export async function takeTurns(
  tx: Transaction,
  {
    msPerByte,
    before,
    limit,
  }: { readonly msPerByte: number; readonly before: string; readonly limit: number },
): Promise<Blob[]> {
  const rows = await tx.rows<BlobRow>(
    `WITH locked AS MATERIALIZED (
       SELECT paid_at, owed_bytes FROM scrub_pace FOR UPDATE
     ), pace AS MATERIALIZED (
       SELECT LEAST(extract(epoch FROM now() - paid_at)::float8 * 1000 / $3::float8 - owed_bytes,
                    ${MOST_CATCH_UP_MS} / $3::float8) AS credit_bytes FROM locked
     ), oldest AS (
       SELECT *, size_bytes + ${BLOB_COST_BYTES} AS cost_bytes FROM blobs b
        WHERE ${isAvailable('b')} AND tried_at < $1::timestamptz ORDER BY tried_at, digest LIMIT $2
     ), summed AS (
       SELECT o.*, sum(cost_bytes) OVER (ORDER BY tried_at, digest) AS costs_bytes FROM oldest o
     ), taken AS MATERIALIZED (
       SELECT s.* FROM summed s CROSS JOIN pace p WHERE s.costs_bytes - s.cost_bytes <= p.credit_bytes
     ), paid AS (
       UPDATE scrub_pace SET paid_at = now(),
              owed_bytes = GREATEST(0, (SELECT max(costs_bytes) FROM taken)::float8 - p.credit_bytes)
         FROM pace p WHERE EXISTS (SELECT FROM taken)
     )
     SELECT ${BLOB_COLUMNS} FROM taken ORDER BY tried_at, digest`,
    [before, limit, msPerByte],
  );
  return rows.map(toBlob);
}

/** Up to `limit` blobs that are damaged or could not be read, and that nobody has tried to read within `restMs`. */
export async function findDoubtful(connection: Connection, restMs: number, limit: number): Promise<Blob[]> {
  const rows = await connection.rows<BlobRow>(
    `SELECT ${BLOB_COLUMNS} FROM blobs b
      WHERE (b.state = 'damaged' OR b.checked_at < b.tried_at) AND b.tried_at < now() - $1 * interval '1 millisecond'
      ORDER BY b.tried_at, b.digest LIMIT $2`,
    [restMs, limit],
  );
  return rows.map(toBlob);
}

/** Whether somebody has tried to read the blob within `withinMs`, since its bytes came first. */
export async function wasTriedWithin(
  connection: Connection,
  digest: Digest,
  withinMs: number,
): Promise<boolean> {
  const rows = await connection.rows(
    `SELECT FROM blobs
      WHERE digest = $1 AND tried_at > verified_at AND tried_at > now() - $2 * interval '1 millisecond'`,
    [digest, withinMs],
  );
  return rows.length > 0;
}

/** Other blobs than this one that were right when they were read last, the latest first. */
export async function findOthers(connection: Connection, blob: Blob, limit: number): Promise<Blob[]> {
  const rows = await connection.rows<BlobRow>(
    `SELECT ${BLOB_COLUMNS} FROM blobs b WHERE ${isAvailable('b')} AND digest <> $1
      ORDER BY tried_at DESC, digest DESC LIMIT $2`,
    [blob.digest, limit],
  );
  return rows.map(toBlob);
}

/** That the bytes are right, or what is wrong with them. False when the blob is gone or has another object meanwhile. */
export async function recordJudgement(
  tx: Transaction,
  { digest, storageKey }: Blob,
  damage: DamageKind | undefined,
): Promise<boolean> {
  const rows = await tx.rows(
    `UPDATE blobs SET checked_at = now(), tried_at = now(),
            state = CASE WHEN $3::text IS NULL THEN 'available' ELSE 'damaged' END,
            damage = $3,
            damaged_at = CASE WHEN $3 IS NULL THEN NULL ELSE COALESCE(damaged_at, now()) END
      WHERE digest = $1 AND storage_key = $2 RETURNING digest`,
    [digest, storageKey, damage ?? null],
  );
  return rows.length > 0;
}

/** That the bytes could not be read, which says nothing of them. */
export async function recordAttempt(tx: Transaction, { digest, storageKey }: Blob): Promise<void> {
  await tx.rows('UPDATE blobs SET tried_at = now() WHERE digest = $1 AND storage_key = $2', [
    digest,
    storageKey,
  ]);
}

/** What is known of the stored bytes, for the metrics. Its cost grows with the number of blobs. */
export async function countDamage(connection: Connection): Promise<Figure[]> {
  const rows = await connection.rows<{ damage: DamageKind; blobs: string }>(
    `SELECT damage, count(*) AS blobs FROM blobs WHERE state = 'damaged' GROUP BY 1`,
  );
  const [oldest] = await connection.rows<{ age_seconds: number | null }>(
    'SELECT extract(epoch FROM now() - min(checked_at))::float8 AS age_seconds FROM blobs',
  );
  return [
    ...(['mismatch', 'lost'] as const).map((damage) => ({
      figure: 'damaged_blobs',
      labels: { damage },
      value: Number(rows.find((row) => row.damage === damage)?.blobs ?? 0),
    })),
    { figure: 'oldest_blob_check_age', labels: {}, value: oldest?.age_seconds ?? 0 },
  ];
}
