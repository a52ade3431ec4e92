import type { Connection, Transaction } from '@imgsrv/platform';
import type { Digest } from '../digest.js';
import type { UploadSessionId } from '../uploads/upload-session.js';

/**
 * Records that whoever began this upload has brought the bytes of its digest. Nobody may say so but the ingest, after it
 * has hashed the upload's own stored object and found digest and size right, and `admitWholeUpload`; the blob's row is there. Safe to repeat.
 */
export async function recordPossession(tx: Transaction, id: UploadSessionId): Promise<void> {
  await tx.rows(
    `INSERT INTO blob_possessions (digest, principal_id)
     SELECT expected_digest, created_by FROM upload_sessions WHERE id = $1
     ON CONFLICT DO NOTHING`,
    [id],
  );
}

/** As SQL, whether a principal has brought the bytes of a digest itself; both are expressions. */
export function hasBrought(principalId: string, digest: string): string {
  return `EXISTS (SELECT FROM blob_possessions o WHERE o.digest = ${digest} AND o.principal_id = ${principalId})`;
}

/** Whether a principal has brought the bytes of this digest itself, all of them, and they were hashed. */
export async function isUploadedBy(
  connection: Connection,
  digest: Digest,
  principalId: string,
): Promise<boolean> {
  const rows = await connection.rows('SELECT FROM blob_possessions WHERE digest = $1 AND principal_id = $2', [
    digest,
    principalId,
  ]);
  return rows.length > 0;
}
