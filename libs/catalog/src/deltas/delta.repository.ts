import type { Digest } from '@imgsrv/cas';
import type { Connection, Transaction } from '@imgsrv/platform';
import type { AttachmentId, Token, VersionId, VersionName } from '../names/names.js';
import type { VersionState } from '../versions/version.js';

/** A file of a version, as it is declared. */
export interface DeclaredFile {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/** A delta that a version declares, with what its base is by now. */
export interface DeclaredDelta {
  readonly attachmentId: AttachmentId;
  /** `linux amd64 default qcow2` or so, for sentences to the publisher. */
  readonly artifact: string;
  readonly attachment: Token;
  readonly baseVersion: VersionName;
  readonly file: DeclaredFile;
  readonly target: DeclaredFile;
  /** Undefined when the image has no version of this name. */
  readonly baseState?: VersionState;
  /** The artifact of the base with the same names and format, when it has one. */
  readonly base?: DeclaredFile;
  /** Of which base it was found to make the target. */
  readonly checkedBase?: Digest;
}

interface DeltaRow {
  readonly attachment_id: AttachmentId;
  readonly artifact: string;
  readonly attachment: Token;
  readonly base_version: VersionName;
  readonly digest: Digest;
  readonly size_bytes: string;
  readonly target_digest: Digest;
  readonly target_size_bytes: string;
  readonly base_state: VersionState | null;
  readonly base_digest: Digest | null;
  readonly base_size_bytes: string | null;
  readonly checked_base: Digest | null;
}

/** In the order of the artifacts' names. */
export async function listDeltas(connection: Connection, versionId: VersionId): Promise<DeclaredDelta[]> {
  const rows = await connection.rows<DeltaRow>(
    `SELECT t.id AS attachment_id, concat_ws(' ', a.operating_system, a.architecture, a.variant, a.format) AS artifact,
            t.name AS attachment, t.base_version, t.blob_digest AS digest, t.blob_size_bytes AS size_bytes,
            a.primary_blob_digest AS target_digest, a.primary_blob_size_bytes AS target_size_bytes,
            b.state AS base_state, o.primary_blob_digest AS base_digest, o.primary_blob_size_bytes AS base_size_bytes,
            c.base_digest AS checked_base
       FROM attachments t JOIN artifacts a ON a.id = t.artifact_id JOIN versions v ON v.id = a.version_id
       LEFT JOIN versions b ON b.image_id = v.image_id AND b.version = t.base_version
       LEFT JOIN artifacts o ON o.version_id = b.id AND (o.operating_system, o.architecture, o.variant, o.format)
                                                      = (a.operating_system, a.architecture, a.variant, a.format)
       LEFT JOIN delta_checks c ON c.attachment_id = t.id
      WHERE a.version_id = $1 AND t.base_version IS NOT NULL ORDER BY artifact, t.name`,
    [versionId],
  );
  return rows.map(toDelta);
}

/** Keeps that a delta was applied to a base and made its artifact. Repeating it is safe. */
export async function keepDeltaCheck(
  tx: Transaction,
  attachmentId: AttachmentId,
  baseDigest: Digest,
): Promise<void> {
  await tx.rows(
    `INSERT INTO delta_checks (attachment_id, base_digest) VALUES ($1, $2)
     ON CONFLICT (attachment_id) DO UPDATE SET base_digest = EXCLUDED.base_digest, checked_at = now()`,
    [attachmentId, baseDigest],
  );
}

function toDelta(row: DeltaRow): DeclaredDelta {
  return {
    attachmentId: row.attachment_id,
    artifact: row.artifact,
    attachment: row.attachment,
    baseVersion: row.base_version,
    file: { digest: row.digest, sizeBytes: Number(row.size_bytes) },
    target: { digest: row.target_digest, sizeBytes: Number(row.target_size_bytes) },
    ...(row.base_state === null ? {} : { baseState: row.base_state }),
    ...(row.base_digest === null
      ? {}
      : { base: { digest: row.base_digest, sizeBytes: Number(row.base_size_bytes) } }),
    ...(row.checked_base === null ? {} : { checkedBase: row.checked_base }),
  };
}
