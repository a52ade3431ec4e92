import type { Connection, Transaction } from '@imgsrv/platform';
import type { VersionId } from '../names/names.js';
import { findUpdatedVersion, updateVersion } from '../versions/version.repository.js';
import type { Version, WithdrawnBy } from '../versions/version.js';

/** Makes a published version withdrawn; the database refuses one that an alias names. */
export async function withdrawVersion(
  tx: Transaction,
  id: VersionId,
  withdrawal: { readonly reason: string; readonly by: WithdrawnBy; readonly restoreWindowMs: number },
): Promise<Version> {
  return updateVersion(
    tx,
    `SET state = 'withdrawn', withdrawn_at = now(), withdrawal_reason = $2, withdrawn_by = $3,
         restorable_until = now() + make_interval(secs => $4::double precision / 1000)
      WHERE v.id = $1 AND v.state = 'published'`,
    [id, withdrawal.reason, withdrawal.by, withdrawal.restoreWindowMs],
  );
}

/** Makes a withdrawn version published again; undefined when its window is over. */
export async function restoreVersion(tx: Transaction, id: VersionId): Promise<Version | undefined> {
  return findUpdatedVersion(
    tx,
    `SET state = 'published', withdrawn_at = NULL, withdrawal_reason = NULL, withdrawn_by = NULL,
         restorable_until = NULL, restored_at = now()
      WHERE v.id = $1 AND v.state = 'withdrawn' AND v.restorable_until > now() AND v.released_at IS NULL`,
    [id],
  );
}

/** Withdrawn versions whose window is over and that still hold their blobs, the longest over first. */
export async function listReleasable(connection: Connection, limit: number): Promise<VersionId[]> {
  const rows = await connection.rows<{ id: VersionId }>(
    `SELECT id FROM versions
      WHERE state = 'withdrawn' AND released_at IS NULL AND restorable_until <= now()
      ORDER BY restorable_until, id LIMIT $1`,
    [limit],
  );
  return rows.map(({ id }) => id);
}

/** Unties what a withdrawn version declares from its blobs, which may then be collected. Safe to repeat. */
export async function releaseBlobs(tx: Transaction, id: VersionId): Promise<void> {
  await tx.rows('SELECT FROM versions WHERE id = $1 FOR UPDATE', [id]);
  await tx.rows(
    `UPDATE attachments SET bound_blob_digest = NULL
      WHERE bound_blob_digest IS NOT NULL AND artifact_id IN (SELECT id FROM artifacts WHERE version_id = $1)`,
    [id],
  );
  await tx.rows(
    'UPDATE artifacts SET bound_blob_digest = NULL WHERE bound_blob_digest IS NOT NULL AND version_id = $1',
    [id],
  );
  await tx.rows('UPDATE versions SET released_at = now() WHERE id = $1 AND released_at IS NULL', [id]);
}
