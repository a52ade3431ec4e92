import type { Digest } from '@imgsrv/cas';
import {
  type ArtifactId,
  type FormatName,
  type VersionId,
  type Visibility,
  wasPublished,
} from '@imgsrv/catalog';
import type { Connection } from '@imgsrv/platform';
import type { StreamsClient } from '../clients.js';
import { KEPT_MS } from '../rendering/former-paths.js';
import type { ContentFacts, ImageType, PublishedAlias } from '../rendering/published-root.js';

export interface RootRow {
  readonly image_id: string;
  readonly artifact_id: ArtifactId;
  readonly client: StreamsClient;
  readonly image_type: ImageType;
  readonly version_id: VersionId;
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

export interface ImageRow {
  readonly image_id: string;
  /** Null when the image is gone. */
  readonly image: string | null;
  readonly visibility: Visibility;
}

export type AliasRow = PublishedAlias & { readonly imageId: string };

/** Where the catalogue is in its history. */
export interface CatalogueState {
  readonly revision: number;
  readonly advancedAt: Date;
  /** Up to which revision images do not say what changed. */
  readonly fullRevision: number;
  /** Another one after the database was started, restored or replaced: what was read before may never have been. */
  readonly epoch: string;
}

export async function readState(connection: Connection): Promise<CatalogueState> {
  const [row] = await connection.rows<{
    revision: string;
    advanced_at: Date;
    full_revision: string;
    epoch: string;
  }>(
    `SELECT revision, advanced_at, full_revision,
            concat_ws(' ', pg_postmaster_start_time(), 'streams_revision'::regclass::oid) AS epoch
       FROM streams_revision`,
  );
  if (row === undefined) {
    throw new Error('streams_revision has lost its row');
  }
  return {
    revision: Number(row.revision),
    advancedAt: row.advanced_at,
    fullRevision: Number(row.full_revision),
    epoch: row.epoch,
  };
}

/** All images that have or had something to show. */
export function listImages(connection: Connection): Promise<ImageRow[]> {
  return connection.rows<ImageRow>(
    `SELECT i.id AS image_id, i.name AS image, i.visibility FROM images i
      WHERE EXISTS (SELECT FROM versions v WHERE v.image_id = i.id AND ${wasPublished('v', KEPT_MS)})`,
  );
}

/** The images of which something changed after the revision. */
export function listChangedImages(connection: Connection, revision: number): Promise<ImageRow[]> {
  return connection.rows<ImageRow>(
    `SELECT c.image_id, i.name AS image, i.visibility
       FROM stream_image_changes c LEFT JOIN images i ON i.id = c.image_id
      WHERE c.revision > $1`,
    [revision],
  );
}

/** Rows that are made into objects at a time, so that the process goes on with everything else in between. */
const ROWS_AT_ONCE = 500;

/**
 * The projection rows of published versions of these images and of those withdrawn within the last day, in no order, a
 * bounded number at a time. Needs a transaction.
 */
export async function* readRoots(
  connection: Connection,
  imageIds: readonly string[],
): AsyncGenerator<readonly RootRow[]> {
  await connection.rows(
    `DECLARE stream_rows NO SCROLL CURSOR FOR
       SELECT v.image_id, r.artifact_id, r.client, r.image_type, r.version_id, v.version, v.published_at,
              v.deprecated_at IS NOT NULL AS is_deprecated, v.restored_at, v.withdrawn_at,
              v.end_of_life::text, a.secure_boot,
              r.projected_at, r.architecture, r.variant, r.os, r.release, r.release_title, r.requirements, r.content,
              r.format,
              r.root_digest, r.root_size_bytes, r.metadata_digest, r.metadata_size_bytes, r.fingerprint
         FROM versions v JOIN stream_roots r ON r.version_id = v.id JOIN artifacts a ON a.id = r.artifact_id
        WHERE v.image_id = ANY($1::uuid[]) AND ${wasPublished('v', KEPT_MS)}`,
    [imageIds],
  );
  for (;;) {
    const rows = await connection.rows<RootRow>(`FETCH ${ROWS_AT_ONCE} FROM stream_rows`);
    if (rows.length === 0) break;
    yield rows;
  }
  await connection.rows('CLOSE stream_rows');
}

export async function listAliases(
  connection: Connection,
  imageIds: readonly string[],
): Promise<readonly AliasRow[]> {
  return connection.rows<AliasRow>(
    `SELECT l.image_id AS "imageId", i.name AS image, l.alias, l.version_id AS "versionId"
       FROM aliases l JOIN images i ON i.id = l.image_id WHERE l.image_id = ANY($1::uuid[])`,
    [imageIds],
  );
}
