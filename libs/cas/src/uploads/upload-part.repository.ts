import type { Connection, Transaction } from '@imgsrv/platform';
import type { PartPlace } from './part-room.js';
import {
  BYTES_RECEIVED,
  SESSION_COLUMNS,
  type SessionRow,
  toSession,
  waitForSession,
} from './upload.repository.js';
import type { UploadPart, UploadSessionId, UploadTimes } from './upload-session.js';

/** In order of part numbers. */
export async function listParts(connection: Connection, id: UploadSessionId): Promise<UploadPart[]> {
  const rows = await connection.rows<{ part_number: number; etag: string; size_bytes: string }>(
    'SELECT part_number, etag, size_bytes FROM upload_parts WHERE upload_id = $1 ORDER BY part_number',
    [id],
  );
  return rows.map((row) => ({
    partNumber: row.part_number,
    etag: row.etag,
    sizeBytes: Number(row.size_bytes),
  }));
}

/** The session with what it holds under a part number, as one statement sees both. */
export async function findPartPlace(
  connection: Connection,
  id: UploadSessionId,
  partNumber: number,
): Promise<PartPlace | undefined> {
  const [row] = await connection.rows<
    SessionRow & { readonly etag: string | null; readonly size_bytes: string }
  >(
    `SELECT ${SESSION_COLUMNS}, ${BYTES_RECEIVED}, p.etag, p.size_bytes
       FROM upload_sessions s LEFT JOIN upload_parts p ON p.upload_id = s.id AND p.part_number = $2
      WHERE s.id = $1`,
    [id, partNumber],
  );
  if (row === undefined) {
    return undefined;
  }
  const { etag, size_bytes: sizeBytes } = row;
  return {
    session: toSession(row),
    ...(etag === null ? {} : { held: { partNumber, etag, sizeBytes: Number(sizeBytes) } }),
  };
}

/** As `findPartPlace`, locked as `lockSession` does. */
export async function lockPartPlace(
  tx: Transaction,
  id: UploadSessionId,
  partNumber: number,
): Promise<PartPlace | undefined> {
  await waitForSession(tx, id);
  return findPartPlace(tx, id, partNumber);
}

/**
 * Records a stored part in place of what its number held, and gives the session more time. It is locked and open.
 */
export async function recordPart(
  tx: Transaction,
  id: UploadSessionId,
  part: UploadPart,
  { ttlMs, maxAgeMs }: UploadTimes,
): Promise<void> {
  await tx.rows(
    `WITH session AS (
       UPDATE upload_sessions SET state = 'uploading', updated_at = now(),
              expires_at = GREATEST(expires_at, LEAST(now() + $5::float8 * interval '1 millisecond',
                                                      created_at + $6::float8 * interval '1 millisecond'))
        WHERE id = $1 RETURNING id)
     INSERT INTO upload_parts (upload_id, part_number, etag, size_bytes)
     SELECT session.id, $2::integer, $3::text, $4::bigint FROM session
     ON CONFLICT (upload_id, part_number)
     DO UPDATE SET etag = EXCLUDED.etag, size_bytes = EXCLUDED.size_bytes, recorded_at = now()`,
    [id, part.partNumber, part.etag, part.sizeBytes, ttlMs, maxAgeMs],
  );
}

/** Takes a part out of the record. The session is locked. */
export async function forgetPart(tx: Transaction, id: UploadSessionId, partNumber: number): Promise<void> {
  await tx.rows('DELETE FROM upload_parts WHERE upload_id = $1 AND part_number = $2', [id, partNumber]);
}
