import type { Connection, Transaction } from '@imgsrv/platform';
import type { MultipartUploadId } from '../object-store/object-store.js';

/** What a listing of the store shows: an object, or an unfinished multipart upload at its key. */
export interface ListedEntry {
  readonly storageKey: string;
  readonly multipartUploadId?: MultipartUploadId;
}

/** The states of a session in which its multipart upload or its object is still needed. */
const LIVE = `('created', 'uploading', 'completed', 'ingesting')`;

/**
 * As SQL, whether what is at the key stays: all of an upload that is not over, the object of a blob, and a record unless a
 * later one of its subject is stored. So a database that knows nothing of a subject never takes away its record.
 */
function isKnown(key: string, multipartUploadId: string): string {
  return `(EXISTS (SELECT FROM upload_sessions s WHERE s.storage_key = ${key} AND s.state IN ${LIVE})
        OR ${multipartUploadId} = '' AND (EXISTS (SELECT FROM blobs b WHERE b.storage_key = ${key})
          OR starts_with(${key}, 'records/') AND NOT ${isSuperseded(key)}))`;
}

function isSuperseded(recordKey: string): string {
  const [subject, id, revision] = [2, 3, 4].map((part) => `split_part(${recordKey}, '/', ${part})`);
  return `EXISTS (SELECT FROM stored_records r
    WHERE r.subject = ${subject} AND r.subject_id = CASE WHEN starts_with(${recordKey}, 'records/') THEN ${id}::uuid END
      AND ${revision} COLLATE "C" < split_part(r.storage_key, '/', 4))`;
}

/** Notes those of the entries that no row knows. Gives those that were noted first more than `ageMs` ago. */
export async function noteStrays(
  tx: Transaction,
  entries: readonly ListedEntry[],
  ageMs: number,
): Promise<ListedEntry[]> {
  const rows = await tx.rows<StrayRow>(
    `INSERT INTO stray_objects AS known (storage_key, multipart_upload_id)
     SELECT DISTINCT e.storage_key, e.multipart_upload_id FROM unnest($1::text[], $2::text[]) AS e (storage_key, multipart_upload_id)
      WHERE NOT ${isKnown('e.storage_key', 'e.multipart_upload_id')}
     ON CONFLICT (storage_key, multipart_upload_id) DO UPDATE SET seen_at = now()
     RETURNING storage_key, multipart_upload_id, first_seen_at < now() - $3 * interval '1 millisecond' AS is_due`,
    [...columnsOf(entries), ageMs],
  );
  return rows.filter(({ is_due }) => is_due).map(toEntry);
}

/** How many of these objects no row knows. */
export async function countStrays(connection: Connection, storageKeys: readonly string[]): Promise<number> {
  const [row] = await connection.rows<{ strays: number }>(
    `SELECT count(*)::int AS strays FROM unnest($1::text[]) AS e (storage_key) WHERE NOT ${isKnown('e.storage_key', `''::text`)}`,
    [storageKeys],
  );
  return row?.strays ?? 0;
}

/** Whether still no row knows the entry. */
export async function isStray(connection: Connection, entry: ListedEntry): Promise<boolean> {
  const [row] = await connection.rows<{ known: boolean }>(
    `SELECT ${isKnown('$1::text', '$2::text')} AS known`,
    [entry.storageKey, entry.multipartUploadId ?? ''],
  );
  return row?.known === false;
}

export async function forgetStray(tx: Transaction, entry: ListedEntry): Promise<void> {
  await tx.rows('DELETE FROM stray_objects WHERE storage_key = $1 AND multipart_upload_id = $2', [
    entry.storageKey,
    entry.multipartUploadId ?? '',
  ]);
}

/** Forgets what was noted under the prefix and not seen again since: it is gone, or a row knows it. */
export async function forgetUnseen(tx: Transaction, prefix: string, since: string): Promise<void> {
  await tx.rows(
    `DELETE FROM stray_objects WHERE starts_with(storage_key, $1) AND seen_at < $2::timestamptz`,
    [prefix, since],
  );
}

/** Where the sweep goes on; undefined while the last one ended less than `restMs` ago. */
export async function findNextPartition(connection: Connection, restMs: number): Promise<number | undefined> {
  const [row] = await connection.rows<{ next_partition: number }>(
    `SELECT next_partition FROM store_sweep
      WHERE next_partition > 0 OR ended_at IS NULL OR ended_at < now() - $1 * interval '1 millisecond'`,
    [restMs],
  );
  return row?.next_partition;
}

export async function keepNextPartition(tx: Transaction, next: number): Promise<void> {
  await tx.rows(
    `UPDATE store_sweep SET next_partition = $1::smallint, ended_at = CASE WHEN $1::smallint = 0 THEN now() ELSE ended_at END`,
    [next],
  );
}

function columnsOf(entries: readonly ListedEntry[]): [string[], string[]] {
  return [
    entries.map(({ storageKey }) => storageKey),
    entries.map(({ multipartUploadId }) => multipartUploadId ?? ''),
  ];
}

interface StrayRow {
  readonly storage_key: string;
  readonly multipart_upload_id: MultipartUploadId | '';
  readonly is_due: boolean;
}

function toEntry({ storage_key, multipart_upload_id }: StrayRow): ListedEntry {
  return {
    storageKey: storage_key,
    ...(multipart_upload_id === '' ? {} : { multipartUploadId: multipart_upload_id }),
  };
}
