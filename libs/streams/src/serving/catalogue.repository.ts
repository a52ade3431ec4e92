import type { Digest } from '@imgsrv/cas';
import {
  type ArtifactId,
  type Channel,
  type FormatName,
  type Audience,
  isInAudience,
  isNamedBy,
  isPublished,
  type VersionId,
  wasPublished,
} from '@imgsrv/catalog';
import type { Connection } from '@imgsrv/platform';
import type { StreamsClient } from '../clients.js';
import { KEPT_MS } from '../rendering/listed-files.js';
import type {
  ContentFacts,
  ImageType,
  ListedRoots,
  PublishedAlias,
  PublishedRoot,
} from '../rendering/published-root.js';

interface RootRow {
  readonly artifact_id: ArtifactId;
  readonly client: StreamsClient;
  readonly image_type: ImageType;
  readonly version_id: VersionId;
  readonly image: string;
  readonly version: string;
  readonly published_at: Date;
  readonly is_deprecated: boolean;
  readonly restored_at: Date | null;
  readonly withdrawn_at: Date | null;
  readonly end_of_life: string | null;
  readonly secure_boot: boolean | null;
  readonly projected_at: Date;
  readonly architecture: string;
  readonly variant: string;
  readonly os: string;
  readonly release: string;
  readonly release_title: string;
  readonly requirements: Readonly<Record<string, string>>;
  readonly content: ContentFacts | null;
  readonly format: FormatName;
  readonly root_digest: Digest;
  readonly root_size_bytes: string;
  readonly metadata_digest: Digest | null;
  readonly metadata_size_bytes: string | null;
  readonly fingerprint: string;
}

/**
 * Every projection row of a published version of an image in the audience, in an order that leaves rendering little to sort,
 * and those of versions withdrawn within the last day.
 */
export async function listRoots(connection: Connection, audience: Audience): Promise<ListedRoots> {
  const rows = await listRows(connection, `${wasPublished('v', KEPT_MS)} AND ${isInAudience('i', '$1')}`, [
    audience,
  ]);
  return {
    published: rows.filter(({ withdrawn_at }) => withdrawn_at === null).map(toPublishedRoot),
    withdrawn: rows.flatMap((row) =>
      row.withdrawn_at === null ? [] : [{ ...toPublishedRoot(row), withdrawnAt: row.withdrawn_at }],
    ),
  };
}

/** Of each image that a channel is for, the rows of the version that its alias names. */
export async function listRootsOfChannel(
  connection: Connection,
  { imagePatterns, alias }: Pick<Channel, 'imagePatterns' | 'alias'>,
  audience: Audience,
): Promise<ListedRoots> {
  const rows = await listRows(
    connection,
    `${isPublished('v')} AND ${isNamedBy('i', '$1::text[]')} AND ${isInAudience('i', '$3')} AND EXISTS (
       SELECT FROM aliases l WHERE l.image_id = i.id AND l.alias = $2 AND l.version_id = v.id)`,
    [[...imagePatterns], alias, audience],
  );
  return { published: rows.map(toPublishedRoot), withdrawn: [] };
}

async function listRows(
  connection: Connection,
  which: string,
  parameters: readonly unknown[] = [],
): Promise<RootRow[]> {
  return connection.rows<RootRow>(
    `SELECT r.artifact_id, r.client, r.image_type, r.version_id, i.name AS image, v.version, v.published_at,
            v.deprecated_at IS NOT NULL AS is_deprecated, v.restored_at, v.withdrawn_at,
            v.end_of_life::text, a.secure_boot,
            r.projected_at, r.architecture, r.variant, r.os, r.release, r.release_title, r.requirements, r.content,
            r.format,
            r.root_digest, r.root_size_bytes, r.metadata_digest, r.metadata_size_bytes, r.fingerprint
       FROM stream_roots r JOIN artifacts a ON a.id = r.artifact_id JOIN versions v ON v.id = r.version_id JOIN images i ON i.id = v.image_id
      WHERE ${which}
      ORDER BY v.published_at, r.version_id, r.artifact_id, r.client`,
    parameters,
  );
}

export async function listPublishedAliases(connection: Connection): Promise<PublishedAlias[]> {
  const rows = await connection.rows<{ image: string; alias: string; version_id: VersionId }>(
    'SELECT i.name AS image, l.alias, l.version_id FROM aliases l JOIN images i ON i.id = l.image_id',
  );
  return rows.map(({ image, alias, version_id }) => ({ image, alias, versionId: version_id }));
}

function toPublishedRoot(row: RootRow): PublishedRoot {
  return {
    artifactId: row.artifact_id,
    client: row.client,
    imageType: row.image_type,
    versionId: row.version_id,
    image: row.image,
    version: row.version,
    publishedAt: row.published_at,
    isDeprecated: row.is_deprecated,
    ...(row.restored_at === null ? {} : { restoredAt: row.restored_at }),
    ...(row.end_of_life === null ? {} : { endOfLife: row.end_of_life }),
    ...(row.secure_boot === null ? {} : { secureBoot: row.secure_boot }),
    projectedAt: row.projected_at,
    architecture: row.architecture,
    variant: row.variant,
    os: row.os,
    release: row.release,
    releaseTitle: row.release_title,
    requirements: row.requirements,
    ...(row.content === null ? {} : { content: row.content }),
    format: row.format,
    root: { digest: row.root_digest, sizeBytes: Number(row.root_size_bytes) },
    ...(row.metadata_digest === null
      ? {}
      : { metadata: { digest: row.metadata_digest, sizeBytes: Number(row.metadata_size_bytes) } }),
    fingerprint: row.fingerprint,
  };
}
