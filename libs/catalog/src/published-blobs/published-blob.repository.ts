import type { Digest } from '@imgsrv/cas';
import type { Connection } from '@imgsrv/platform';
import type { FormatName } from '../formats/image-formats.js';
import type { ArtifactId, AttachmentId, MediaType, Token } from '../names/names.js';
import { type Audience, isInAudience, isPublished } from '../visibility.js';
import type { VersionAddress } from '../versions/version-address.js';

/** An artifact of a version as one text; no part of it holds the character between them. */
export function artifactKey({ image, version }: VersionAddress, id: ArtifactId): string {
  return [image, version, id].join(' ');
}

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

/** Those artifacts of published versions that the audience sees, by `artifactKey`. */
export async function findPublishedArtifacts(
  connection: Connection,
  artifactKeys: readonly string[],
  audience: Audience,
): Promise<Map<string, PublishedArtifactRow>> {
  const parts = artifactKeys.map((key) => key.split(' '));
  const rows = await connection.rows<PublishedArtifactRow & { readonly key: string }>(
    `SELECT concat_ws(' ', w.image, w.version, w.id) AS key, a.primary_blob_digest AS digest,
            a.primary_blob_size_bytes AS size_bytes, a.primary_media_type AS media_type, a.variant, a.architecture, a.format
       FROM unnest($1::text[], $2::text[], $3::text[]) AS w (image, version, id)
       JOIN artifacts a ON a.id = w.id::uuid
       JOIN versions v ON v.id = a.version_id JOIN images i ON i.id = v.image_id
      WHERE i.name = w.image AND v.version = w.version AND ${isPublished('v')} AND ${isInAudience('i', '$4')}`,
    [...[0, 1, 2].map((at) => parts.map((part) => part[at])), audience],
  );
  return new Map(rows.map(({ key, ...row }) => [key, row]));
}

export async function findPublishedAttachment(
  connection: Connection,
  address: VersionAddress,
  artifactId: ArtifactId,
  id: AttachmentId,
  audience: Audience,
): Promise<PublishedAttachmentRow | undefined> {
  const [row] = await connection.rows<PublishedAttachmentRow>(
    `SELECT t.blob_digest AS digest, t.blob_size_bytes AS size_bytes, t.media_type, t.name
       FROM attachments t JOIN artifacts a ON a.id = t.artifact_id
       JOIN versions v ON v.id = a.version_id JOIN images i ON i.id = v.image_id
      WHERE i.name = $1 AND v.version = $2 AND ${isPublished('v')} AND a.id = $3 AND t.id = $4 AND ${isInAudience('i', '$5')}`,
    [address.image, address.version, artifactId, id, audience],
  );
  return row;
}
