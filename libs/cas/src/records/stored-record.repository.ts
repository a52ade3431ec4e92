import type { Connection, Transaction } from '@imgsrv/platform';
import { discardObject } from '../discard/discard-object.js';
import { type RecordKey, recordKey, type RecordSubject } from '../object-keys.js';

/** What a record is of. */
export interface RecordedSubject {
  readonly subject: RecordSubject;
  readonly id: string;
}

/** Subjects whose last change is not recorded yet, the longest waiting first. Triggers mark them. */
export async function listDueRecords(connection: Connection, limit: number): Promise<RecordedSubject[]> {
  return connection.rows<RecordedSubject>(
    `SELECT subject, subject_id AS id FROM stored_records
      WHERE is_published AND stored_revision IS DISTINCT FROM revision ORDER BY revision LIMIT $1`,
    [limit],
  );
}

/**
 * The record is in the store. The one before it is handed to the worker to be removed. Changes nothing when a later one is
 * known; safe to repeat.
 */
export async function keepStoredRecord(tx: Transaction, key: RecordKey): Promise<void> {
  const [replaced] = await tx.rows<{ storage_key: string | null }>(
    `UPDATE stored_records r SET stored_revision = $3, storage_key = $4
       FROM (SELECT storage_key FROM stored_records WHERE subject = $1 AND subject_id = $2 FOR UPDATE) before
      WHERE r.subject = $1 AND r.subject_id = $2 AND COALESCE(r.stored_revision, 0) < $3
      RETURNING before.storage_key`,
    [key.subject, key.id, key.revision, recordKey(key)],
  );
  if (typeof replaced?.storage_key === 'string') {
    await discardObject(tx, { storageKey: replaced.storage_key }, 'records');
  }
}

/** Those of the subjects that the database knows the record of. */
export async function findStoredRecords(
  connection: Connection,
  subject: RecordSubject,
  ids: readonly string[],
): Promise<string[]> {
  const rows = await connection.rows<{ id: string }>(
    `SELECT subject_id AS id FROM stored_records
      WHERE subject = $1 AND subject_id = ANY ($2::uuid[]) AND storage_key IS NOT NULL`,
    [subject, ids],
  );
  return rows.map(({ id }) => id);
}

/** The subject is restored from this record, which is the last one. */
export async function adoptRecord(tx: Transaction, key: RecordKey): Promise<void> {
  await tx.rows(
    `INSERT INTO stored_records (subject, subject_id, is_published, revision, stored_revision, storage_key)
     VALUES ($1, $2, true, $3, $3, $4)
     ON CONFLICT (subject, subject_id) DO UPDATE
       SET revision = excluded.revision, stored_revision = excluded.stored_revision, storage_key = excluded.storage_key`,
    [key.subject, key.id, key.revision, recordKey(key)],
  );
}

/** The subject is restored in part: unless `adoptRecord` follows, what is there is to be recorded above this record. */
export async function outdateRecord(tx: Transaction, key: RecordKey): Promise<void> {
  await tx.rows(
    `INSERT INTO stored_records (subject, subject_id, is_published, revision) VALUES ($1, $2, true, $3::bigint + 1)
     ON CONFLICT DO NOTHING`,
    [key.subject, key.id, key.revision],
  );
}
