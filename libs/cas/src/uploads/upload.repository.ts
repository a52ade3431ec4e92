import type { Connection, Transaction } from '@imgsrv/platform';
import type { BlobInspection } from '../blobs/blob.js';
import { parseDigest } from '../digest.js';
import type { MultipartUploadId } from '../object-store/object-store.js';
import type {
  NewUpload,
  UploadFailure,
  UploadObject,
  UploadSession,
  UploadSessionId,
  UploadState,
} from './upload-session.js';

/** An open upload past its time is over at once, whenever a worker comes to tidy it up. */
export const SESSION_STATE = `(CASE WHEN s.state IN ('created', 'uploading') AND s.expires_at <= now() THEN 'aborted' ELSE s.state END)`;

export const SESSION_COLUMNS = `s.id, s.expected_digest, s.expected_size_bytes, ${SESSION_STATE} AS state, s.media_type_hint, s.filename_hint,
  s.failure_code, s.failure_detail, s.storage_key, s.multipart_upload_id, s.bytes_verified, s.expires_at, s.created_by`;

export const BYTES_RECEIVED =
  '(SELECT COALESCE(sum(size_bytes), 0) FROM upload_parts WHERE upload_id = s.id) AS bytes_received';

const SESSION = `SELECT ${SESSION_COLUMNS}, ${BYTES_RECEIVED} FROM upload_sessions s WHERE s.id = $1`;

export async function findSession(
  connection: Connection,
  id: UploadSessionId,
): Promise<UploadSession | undefined> {
  const [row] = await connection.rows<SessionRow>(SESSION, [id]);
  return row === undefined ? undefined : toSession(row);
}

/**
 * Uploads that are not over, and those that failed within the last day, newest first; of one principal, or of all when none
 * is named.
 */
export async function listPending(
  connection: Connection,
  createdBy: string | undefined,
  limit: number,
): Promise<UploadSession[]> {
  const rows = await connection.rows<SessionRow>(
    `SELECT ${SESSION_COLUMNS}, ${BYTES_RECEIVED} FROM upload_sessions s
      WHERE ($2::uuid IS NULL OR s.created_by = $2)
        AND s.state IN ('created', 'uploading', 'completed', 'ingesting', 'failed')
        AND (s.state IN ('completed', 'ingesting') OR (s.state IN ('created', 'uploading') AND s.expires_at > now())
          OR (s.state = 'failed' AND s.updated_at > now() - interval '1 day'))
      ORDER BY s.created_at DESC, s.id LIMIT $1`,
    [limit, createdBy ?? null],
  );
  return rows.map(toSession);
}

/** As `findSession`, and nobody else changes the session or its parts until the transaction ends. */
export async function lockSession(tx: Transaction, id: UploadSessionId): Promise<UploadSession | undefined> {
  await waitForSession(tx, id);
  return findSession(tx, id);
}

/** Locks the session, in a statement of its own: the next one sees what the lock was waiting for. */
export async function waitForSession(tx: Transaction, id: UploadSessionId): Promise<void> {
  await tx.rows('SELECT id FROM upload_sessions WHERE id = $1 FOR UPDATE', [id]);
}

/** Whether the session exists and was begun by the principal. */
export async function isSessionOf(
  connection: Connection,
  id: UploadSessionId,
  principalId: string,
): Promise<boolean> {
  const rows = await connection.rows('SELECT FROM upload_sessions WHERE id = $1 AND created_by = $2', [
    id,
    principalId,
  ]);
  return rows.length > 0;
}

/** A session begins open, or `ready` when the blob is there already. */
export type InitialSession =
  { readonly state: 'created'; readonly object: UploadObject } | { readonly state: 'ready' };

export async function insertSession(
  tx: Transaction,
  upload: NewUpload,
  ttlMs: number,
  initial: InitialSession,
): Promise<UploadSession> {
  const object = initial.state === 'created' ? initial.object : undefined;
  const [row] = await tx.rows<SessionRow>(
    `INSERT INTO upload_sessions AS s (expected_digest, expected_size_bytes, state, media_type_hint, filename_hint,
                                  storage_key, multipart_upload_id, created_by, bytes_verified, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, now() + $10 * interval '1 millisecond')
     RETURNING ${SESSION_COLUMNS}, 0 AS bytes_received`,
    [
      upload.expectedDigest,
      upload.expectedSizeBytes,
      initial.state,
      upload.mediaTypeHint ?? null,
      upload.filenameHint ?? null,
      object?.storageKey ?? null,
      object?.multipartUploadId ?? null,
      upload.createdBy,
      initial.state === 'ready' ? upload.expectedSizeBytes : 0,
      ttlMs,
    ],
  );
  if (row === undefined) {
    throw new Error('an inserted upload session did not come back');
  }
  return toSession(row);
}

/** Moves a session between states and gives it as it is then; undefined when it was in none of `from`. */
export async function moveSession(
  tx: Transaction,
  id: UploadSessionId,
  from: readonly UploadState[],
  to: Exclude<UploadState, 'failed'>,
): Promise<UploadSession | undefined> {
  const [row] = await tx.rows<SessionRow>(
    `UPDATE upload_sessions s SET state = $3, updated_at = now(),
            bytes_verified = CASE WHEN $3 = 'ready' THEN expected_size_bytes ELSE bytes_verified END
      WHERE id = $1 AND ${SESSION_STATE} = ANY ($2) RETURNING ${SESSION_COLUMNS}, ${BYTES_RECEIVED}`,
    [id, from, to],
  );
  return row === undefined ? undefined : toSession(row);
}

/**
 * Makes the stored and hashed object of an open upload that came in one request the one of its blob, unless sound bytes are
 * there already, and the upload `ready`; whoever began it has brought the bytes. Gives what no row refers to any more, if
 * anything; undefined when the upload is over. A function of the database does it, because whoever calls may not write blobs.
 */
export async function admitWholeUpload(
  tx: Transaction,
  id: UploadSessionId,
  inspection: BlobInspection,
): Promise<{ readonly surplus?: UploadObject } | undefined> {
  const [row] = await tx.rows<{ surplus_key: string | null; surplus_upload: MultipartUploadId | null }>(
    'SELECT surplus_key, surplus_upload FROM admit_whole_upload($1, $2, $3, $4, $5)',
    [
      id,
      inspection.detectedFormat,
      inspection.insideGzip ?? null,
      inspection.virtualSizeBytes ?? null,
      inspection.refusal ?? null,
    ],
  );
  return row && (row.surplus_key === null ? {} : { surplus: toObject(row.surplus_key, row.surplus_upload) });
}

/** As `moveSession`, for one whose verification ends badly. */
export async function failSession(
  tx: Transaction,
  id: UploadSessionId,
  failure: UploadFailure,
): Promise<UploadSession | undefined> {
  const [row] = await tx.rows<SessionRow>(
    `UPDATE upload_sessions s SET state = 'failed', failure_code = $2, failure_detail = $3, updated_at = now()
      WHERE id = $1 AND state IN ('completed', 'ingesting') RETURNING ${SESSION_COLUMNS}, ${BYTES_RECEIVED}`,
    [id, failure.code, failure.detail],
  );
  return row === undefined ? undefined : toSession(row);
}

export async function recordVerified(
  tx: Transaction,
  id: UploadSessionId,
  bytesVerified: number,
): Promise<void> {
  await tx.rows(
    `UPDATE upload_sessions SET bytes_verified = LEAST($2, expected_size_bytes), updated_at = now()
      WHERE id = $1 AND state = 'ingesting'`,
    [id, bytesVerified],
  );
}

/**
 * Locks up to `limit` open sessions whose time is over and that nobody else is working on; in the order of principals, as ledgers
 * are locked.
 */
export async function lockExpired(tx: Transaction, limit: number): Promise<UploadSessionId[]> {
  const rows = await tx.rows<{ id: UploadSessionId }>(
    `WITH locked AS MATERIALIZED (
       SELECT id, created_by FROM upload_sessions WHERE state IN ('created', 'uploading') AND expires_at <= now()
        ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED
     )
     SELECT id FROM locked ORDER BY created_by`,
    [limit],
  );
  return rows.map((row) => row.id);
}

export interface SessionRow {
  readonly id: UploadSessionId;
  readonly expected_digest: string;
  readonly expected_size_bytes: string;
  readonly state: UploadState;
  readonly media_type_hint: string | null;
  readonly filename_hint: string | null;
  readonly failure_code: UploadFailure['code'] | null;
  readonly failure_detail: string | null;
  readonly storage_key: string | null;
  readonly multipart_upload_id: MultipartUploadId | null;
  readonly bytes_verified: string;
  readonly bytes_received: string;
  readonly expires_at: Date;
  readonly created_by: string;
}

export function toSession(row: SessionRow): UploadSession {
  return {
    id: row.id,
    expectedDigest: parseDigest(row.expected_digest),
    expectedSizeBytes: Number(row.expected_size_bytes),
    state: row.state,
    ...(row.media_type_hint === null ? {} : { mediaTypeHint: row.media_type_hint }),
    ...(row.filename_hint === null ? {} : { filenameHint: row.filename_hint }),
    ...(row.failure_code === null || row.failure_detail === null
      ? {}
      : { failure: { code: row.failure_code, detail: row.failure_detail } }),
    bytesReceived: Number(row.bytes_received),
    bytesVerified: Number(row.bytes_verified),
    expiresAt: row.expires_at,
    createdBy: row.created_by,
    ...(row.storage_key === null ? {} : { object: toObject(row.storage_key, row.multipart_upload_id) }),
  };
}

function toObject(storageKey: string, multipartUploadId: MultipartUploadId | null): UploadObject {
  return { storageKey, ...(multipartUploadId === null ? {} : { multipartUploadId }) };
}
