import type { Digest } from '@imgsrv/cas';
import type { Connection } from '@imgsrv/platform';
import type { FormatName } from '../formats/image-formats.js';
import type { ArtifactId, AttachmentId, MediaType, Token } from '../names/names.js';
import type { VersionAddress } from '../versions/version-address.js';

export interface PublishedArtifactRow {
  readonly digest: Digest;
  readonly size_bytes: string;
  readonly media_type: MediaType;
  readonly variant: Token;
  readonly architecture: Token;
  readonly format: FormatName;
}

export interface PublishedAttachmentRow {
  readonly digest: Digest;
  readonly size_bytes: string;
  readonly media_type: MediaType;
  readonly name: Token;
}

export async function findPublishedArtifact(
  connection: Connection,
  address: VersionAddress,
  id: ArtifactId,
): Promise<PublishedArtifactRow | undefined> {
  const [row] = await connection.rows<PublishedArtifactRow>(
    `SELECT a.primary_blob_digest AS digest, a.primary_blob_size_bytes AS size_bytes,
            a.primary_media_type AS media_type, a.variant, a.architecture, a.format
       FROM artifacts a JOIN versions v ON v.id = a.version_id JOIN images i ON i.id = v.image_id
      WHERE i.name = $1 AND v.version = $2 AND v.state = 'published' AND a.id = $3`,
    [address.image, address.version, id],
  );
  return row;
}

export async function findPublishedAttachment(
  connection: Connection,
  address: VersionAddress,
  artifactId: ArtifactId,
  id: AttachmentId,
): Promise<PublishedAttachmentRow | undefined> {
  const [row] = await connection.rows<PublishedAttachmentRow>(
    `SELECT t.blob_digest AS digest, t.blob_size_bytes AS size_bytes, t.media_type, t.name
       FROM attachments t JOIN artifacts a ON a.id = t.artifact_id
       JOIN versions v ON v.id = a.version_id JOIN images i ON i.id = v.image_id
      WHERE i.name = $1 AND v.version = $2 AND v.state = 'published' AND a.id = $3 AND t.id = $4`,
    [address.image, address.version, artifactId, id],
  );
  return row;
}

/** Whether the digest is an artifact or attachment of any version of an image that one of the patterns names. */
export async function isDeclaredIn(
  connection: Connection,
  digest: Digest,
  imagePatterns: readonly string[],
): Promise<boolean> {
  const [row] = await connection.rows<{ declared: boolean }>(
    `SELECT EXISTS (
       SELECT FROM (
         SELECT a.version_id FROM artifacts a WHERE a.primary_blob_digest = $1
         UNION ALL
         SELECT a.version_id FROM attachments t JOIN artifacts a ON a.id = t.artifact_id WHERE t.blob_digest = $1
       ) d JOIN versions v ON v.id = d.version_id JOIN images i ON i.id = v.image_id
       WHERE EXISTS (SELECT FROM unnest($2::text[]) AS p
         WHERE i.name = p OR (right(p, 1) = '*' AND starts_with(i.name, left(p, -1))))) AS declared`,
    [digest, [...imagePatterns]],
  );
  return row?.declared === true;
}

/** Whether the digest is an artifact or attachment of a published version. */
export async function isPublished(connection: Connection, digest: Digest): Promise<boolean> {
  const [row] = await connection.rows<{ published: boolean }>(
    `SELECT EXISTS (SELECT FROM artifacts a JOIN versions v ON v.id = a.version_id
                     WHERE a.primary_blob_digest = $1 AND v.state = 'published')
         OR EXISTS (SELECT FROM attachments t JOIN artifacts a ON a.id = t.artifact_id
                      JOIN versions v ON v.id = a.version_id
                     WHERE t.blob_digest = $1 AND v.state = 'published') AS published`,
    [digest],
  );
  return row?.published === true;
}
