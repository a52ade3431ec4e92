import { type Digest, isAvailable } from '@imgsrv/cas';
import type { Transaction } from '@imgsrv/platform';
import { VersionNotFoundError } from '../catalog.errors.js';
import type { VersionId } from '../names/names.js';

const DECLARED = `
  SELECT a.primary_blob_digest AS digest, a.primary_blob_size_bytes AS size_bytes
    FROM artifacts a WHERE a.version_id = $1
  UNION
  SELECT t.blob_digest, t.blob_size_bytes
    FROM attachments t JOIN artifacts a ON a.id = t.artifact_id WHERE a.version_id = $1`;

/**
 * The declared digests that are not verified with the declared size, or whose bytes are damaged. The blobs that are there stay until the
 * transaction ends: they are locked, in one order for everyone.
 */
export async function lockDeclaredBlobs(tx: Transaction, versionId: VersionId): Promise<Digest[]> {
  await tx.rows(
    `SELECT FROM blobs WHERE digest IN (SELECT d.digest FROM (${DECLARED}) d) ORDER BY digest FOR SHARE`,
    [versionId],
  );
  const missing = await tx.rows<{ digest: Digest }>(
    `SELECT DISTINCT d.digest FROM (${DECLARED}) d
      WHERE NOT EXISTS (SELECT FROM blobs b
                         WHERE b.digest = d.digest AND b.size_bytes = d.size_bytes AND ${isAvailable('b')})
      ORDER BY d.digest`,
    [versionId],
  );
  return missing.map(({ digest }) => digest);
}

/** Ties the declarations of a draft to their blobs, which must be there, and makes it `publishing`. */
export async function beginPublishing(tx: Transaction, versionId: VersionId): Promise<void> {
  await tx.rows('UPDATE artifacts SET bound_blob_digest = primary_blob_digest WHERE version_id = $1', [
    versionId,
  ]);
  await tx.rows(
    `UPDATE attachments SET bound_blob_digest = blob_digest
      WHERE artifact_id IN (SELECT id FROM artifacts WHERE version_id = $1)`,
    [versionId],
  );
  await changeState(tx, versionId, `state = 'publishing'`, 'draft');
}

/** Makes a version a draft again and unties its declarations from their blobs. */
export async function giveUpPublishing(tx: Transaction, versionId: VersionId): Promise<void> {
  await changeState(tx, versionId, `state = 'draft'`, 'publishing');
  await tx.rows('UPDATE artifacts SET bound_blob_digest = NULL WHERE version_id = $1', [versionId]);
  await tx.rows(
    `UPDATE attachments SET bound_blob_digest = NULL
      WHERE artifact_id IN (SELECT id FROM artifacts WHERE version_id = $1)`,
    [versionId],
  );
}

/** Makes a version published, from now on and for ever. Triggers move the aliases that its publish has. */
export async function markPublished(tx: Transaction, versionId: VersionId): Promise<void> {
  await changeState(tx, versionId, `state = 'published', published_at = now()`, 'publishing');
}

async function changeState(
  tx: Transaction,
  versionId: VersionId,
  change: string,
  from: 'draft' | 'publishing',
): Promise<void> {
  const rows = await tx.rows(
    `UPDATE versions SET ${change}, updated_at = now() WHERE id = $1 AND state = $2 RETURNING id`,
    [versionId, from],
  );
  if (rows.length === 0) {
    throw new VersionNotFoundError();
  }
}
