import type { Digest } from '@imgsrv/cas';
import type { Connection, Transaction } from '@imgsrv/platform';
import type { ArtifactId, AttachmentId, MediaType, Token, VersionId, VersionName } from '../names/names.js';
import type { Attachment } from './attachment.js';
import type { AttachmentDeclaration } from './attachment-declaration.js';

const COLUMNS = `t.id, t.artifact_id, t.name, t.media_type, t.blob_digest, t.blob_size_bytes, t.base_version, t.is_generated,
  t.created_at, t.updated_at`;

interface AttachmentRow {
  readonly id: AttachmentId;
  readonly artifact_id: ArtifactId;
  readonly name: Token;
  readonly media_type: MediaType;
  readonly blob_digest: Digest;
  readonly blob_size_bytes: string;
  readonly base_version: VersionName | null;
  readonly is_generated: boolean;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** The new attachment, or undefined when the artifact has one of this name. */
export async function insertAttachment(
  tx: Transaction,
  artifactId: ArtifactId,
  declared: AttachmentDeclaration,
): Promise<Attachment | undefined> {
  const [row] = await tx.rows<AttachmentRow>(
    `INSERT INTO attachments AS t (artifact_id, name, media_type, blob_digest, blob_size_bytes, base_version)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (artifact_id, name) DO NOTHING RETURNING ${COLUMNS}`,
    [
      artifactId,
      declared.name,
      declared.mediaType,
      declared.blobDigest,
      declared.blobSizeBytes,
      declared.baseVersion ?? null,
    ],
  );
  return row && toAttachment(row);
}

/** Attachments of artifacts of one draft, which has none of these names; their order is that of what is given. */
export async function insertAttachments(
  tx: Transaction,
  declared: readonly (AttachmentDeclaration & { readonly artifactId: ArtifactId })[],
): Promise<Attachment[]> {
  const rows = await tx.rows<AttachmentRow>(
    `INSERT INTO attachments AS t (artifact_id, name, media_type, blob_digest, blob_size_bytes, base_version)
     SELECT d.artifact_id, d.name, d.media_type, d.blob_digest, d.blob_size_bytes, d.base_version
       FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[])
         WITH ORDINALITY AS d (artifact_id, name, media_type, blob_digest, blob_size_bytes, base_version, nr)
      ORDER BY d.nr RETURNING ${COLUMNS}`,
    [
      declared.map(({ artifactId }) => artifactId),
      declared.map(({ name }) => name),
      declared.map(({ mediaType }) => mediaType),
      declared.map(({ blobDigest }) => blobDigest),
      declared.map(({ blobSizeBytes }) => blobSizeBytes),
      declared.map(({ baseVersion }) => baseVersion ?? null),
    ],
  );
  return rows.map(toAttachment);
}

export async function countAttachments(connection: Connection, artifactId: ArtifactId): Promise<number> {
  const [row] = await connection.rows<{ count: string }>(
    'SELECT count(*) FROM attachments WHERE artifact_id = $1',
    [artifactId],
  );
  return Number(row?.count);
}

export async function listAttachmentNames(connection: Connection, artifactId: ArtifactId): Promise<string[]> {
  const rows = await connection.rows<{ name: Token }>('SELECT name FROM attachments WHERE artifact_id = $1', [
    artifactId,
  ]);
  return rows.map(({ name }) => name);
}

/** Every attachment of a version, by name within each artifact. */
export async function listAttachments(connection: Connection, versionId: VersionId): Promise<Attachment[]> {
  const rows = await connection.rows<AttachmentRow>(
    `SELECT ${COLUMNS} FROM attachments t JOIN artifacts a ON a.id = t.artifact_id
      WHERE a.version_id = $1 ORDER BY t.artifact_id, t.name`,
    [versionId],
  );
  return rows.map(toAttachment);
}

/** Whether there was such an attachment. */
export async function deleteAttachment(
  tx: Transaction,
  artifactId: ArtifactId,
  id: AttachmentId,
): Promise<boolean> {
  const rows = await tx.rows('DELETE FROM attachments WHERE artifact_id = $1 AND id = $2 RETURNING id', [
    artifactId,
    id,
  ]);
  return rows.length > 0;
}

function toAttachment(row: AttachmentRow): Attachment {
  return {
    id: row.id,
    artifactId: row.artifact_id,
    name: row.name,
    mediaType: row.media_type,
    blobDigest: row.blob_digest,
    blobSizeBytes: Number(row.blob_size_bytes),
    ...(row.base_version === null ? {} : { baseVersion: row.base_version }),
    isGenerated: row.is_generated,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
