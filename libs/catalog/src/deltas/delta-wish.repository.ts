import { type Digest, keepBlob } from '@imgsrv/cas';
import type { Connection, Transaction } from '@imgsrv/platform';
import type { ArtifactId, AttachmentId, VersionId } from '../names/names.js';
import {
  type DeclaredFile,
  DELTA_ENDS,
  type DeltaEnds,
  type DeltaEndsRow,
  joinDeltaEnds,
  toDeltaEnds,
} from './delta-ends.js';
import { DELTA_ATTACHMENTS, type DeltaFormat } from './delta-names.js';
import { keepDeltaCheck } from './delta.repository.js';

/** A delta that the publish of a version is to make. */
export interface DeltaWish extends DeltaEnds {
  readonly artifactId: ArtifactId;
  /** What the delta is to be called. */
  readonly attachment: string;
  /** What an earlier attempt has made. */
  readonly made?: DeclaredFile;
  /** The principal that the bytes count for; undefined before the publish. */
  readonly publisher?: string;
}

interface WishRow extends DeltaEndsRow {
  readonly artifact_id: ArtifactId;
  readonly format: DeltaFormat;
  readonly made_digest: Digest | null;
  readonly made_size_bytes: string | null;
  readonly publisher: string | null;
}

/** In the order of the artifacts' names. */
export async function listDeltaWishes(connection: Connection, versionId: VersionId): Promise<DeltaWish[]> {
  const rows = await connection.rows<WishRow>(
    `SELECT a.id AS artifact_id, a.format, a.delta_from AS base_version, ${DELTA_ENDS},
            t.blob_digest AS made_digest, t.blob_size_bytes AS made_size_bytes,
            (SELECT j.fairness_key FROM publish_jobs p JOIN jobs j ON j.id = p.job_id
              WHERE p.version_id = v.id ORDER BY p.created_at DESC LIMIT 1) AS publisher
       FROM artifacts a ${joinDeltaEnds('a.delta_from')}
       LEFT JOIN attachments t ON t.artifact_id = a.id AND t.is_generated AND t.base_version IS NOT NULL
      WHERE a.version_id = $1 AND a.delta_from IS NOT NULL ORDER BY artifact`,
    [versionId],
  );
  return rows.map(toWish);
}

/** Whether the publish of a version is to make any delta. */
export async function wishesDeltas(connection: Connection, versionId: VersionId): Promise<boolean> {
  const rows = await connection.rows(
    'SELECT FROM artifacts WHERE version_id = $1 AND delta_from IS NOT NULL LIMIT 1',
    [versionId],
  );
  return rows.length > 0;
}

/**
 * Gives an artifact of a version that is being published the blob as its delta, which was found to make it of the base. Safe to
 * repeat. Throws when the blob is gone, which making it again mends.
 */
export async function attachMadeDelta(
  tx: Transaction,
  { artifactId, attachment, baseVersion }: DeltaWish,
  { digest, sizeBytes }: DeclaredFile,
  baseDigest: Digest,
): Promise<void> {
  if ((await keepBlob(tx, digest)) === undefined) {
    throw new Error(`the delta ${digest} was collected before it was attached`);
  }
  const [row] = await tx.rows<{ id: AttachmentId }>(
    `INSERT INTO attachments (artifact_id, name, media_type, blob_digest, blob_size_bytes, bound_blob_digest, is_generated,
                              base_version)
     VALUES ($1, $2, 'application/octet-stream', $3, $4, $3, true, $5)
     ON CONFLICT (artifact_id, name) DO NOTHING RETURNING id`,
    [artifactId, attachment, digest, sizeBytes, baseVersion],
  );
  if (row !== undefined) {
    await keepDeltaCheck(tx, row.id, baseDigest);
  }
}

function toWish(row: WishRow): DeltaWish {
  return {
    ...toDeltaEnds(row),
    artifactId: row.artifact_id,
    attachment: DELTA_ATTACHMENTS[row.format],
    ...(row.made_digest === null
      ? {}
      : { made: { digest: row.made_digest, sizeBytes: Number(row.made_size_bytes) } }),
    ...(row.publisher === null ? {} : { publisher: row.publisher }),
  };
}
