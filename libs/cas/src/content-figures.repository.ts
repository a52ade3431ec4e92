import type { Connection, Figure } from '@imgsrv/platform';
import { SESSION_STATE } from './uploads/upload.repository.js';
import { UPLOAD_STATES } from './uploads/upload-session.js';

/** Verified blobs with their bytes, and upload sessions by state. Its cost grows with their number. */
export async function countContent(connection: Connection): Promise<Figure[]> {
  const [blobs] = await connection.rows<{ blobs: string; bytes: string }>(
    'SELECT count(*) AS blobs, COALESCE(sum(size_bytes), 0) AS bytes FROM blobs',
  );
  const sessions = await connection.rows<{ state: string; sessions: string }>(
    `SELECT ${SESSION_STATE} AS state, count(*) AS sessions FROM upload_sessions s GROUP BY 1`,
  );
  const [most] = await connection.rows<{ open: string }>(
    `SELECT COALESCE(max(open), 0) AS open FROM (
       SELECT count(*) AS open FROM upload_sessions
        WHERE state IN ('created', 'uploading') AND expires_at > now() GROUP BY created_by) AS held`,
  );
  const byState = new Map(sessions.map((row) => [row.state, Number(row.sessions)]));
  return [
    { figure: 'blobs', labels: {}, value: Number(blobs?.blobs) },
    { figure: 'blob_bytes', labels: {}, value: Number(blobs?.bytes) },
    { figure: 'most_held', labels: { kind: 'open_uploads' }, value: Number(most?.open) },
    ...UPLOAD_STATES.map((state) => ({
      figure: 'upload_sessions',
      labels: { state },
      value: byState.get(state) ?? 0,
    })),
  ];
}
