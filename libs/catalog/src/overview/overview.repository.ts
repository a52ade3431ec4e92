import type { Connection } from '@imgsrv/platform';
import type { FormatName } from '../formats/image-formats.js';
import { IMAGE_COLUMNS, toImage } from '../images/image.repository.js';
import type { AliasName, ImageName, Token, VersionId, VersionName } from '../names/names.js';
import type { ImageSearch } from '../search/image-search.js';
import { type FoundImageRow, pageOfImages } from '../search/image-search.repository.js';
import {
  type Audience,
  isPublished,
  isSeenImage,
  isUnpublished,
  seenImages,
  type Viewer,
} from '../visibility.js';
import { type ImageOverview, MOST_SHOWN_ALIASES, type UnpublishedVersion } from './image-overview.js';

export interface OverviewRow extends FoundImageRow {
  readonly version: VersionName;
  readonly published_at: Date;
  readonly is_deprecated: boolean;
  readonly aliases: readonly AliasName[];
  readonly formats: readonly FormatName[];
  readonly architectures: readonly Token[];
}

/** The images of a page, as lists of them without more find them; in one statement. */
export async function listOverviews(
  connection: Connection,
  search: ImageSearch,
  audience: Audience,
  limit: number,
  after: readonly string[],
): Promise<OverviewRow[]> {
  const page = pageOfImages(search, audience, limit, after);
  return connection.rows<OverviewRow>(
    `SELECT ${IMAGE_COLUMNS}, i.published_versions, i.newest_order, n.version, n.published_at, n.is_deprecated,
            ARRAY(SELECT l.alias::text FROM aliases l WHERE l.image_id = i.id ORDER BY l.alias LIMIT ${MOST_SHOWN_ALIASES})
              AS aliases,
            ARRAY(SELECT DISTINCT a.format::text FROM artifacts a WHERE a.version_id = n.id ORDER BY 1) AS formats,
            ARRAY(SELECT DISTINCT a.architecture::text FROM artifacts a WHERE a.version_id = n.id ORDER BY 1)
              AS architectures
       FROM (${page.sql}) i
       JOIN LATERAL (
         SELECT v.id, v.version, v.published_at, v.deprecated_at IS NOT NULL AS is_deprecated
           FROM versions v WHERE v.image_id = i.id AND ${isPublished('v')}
          ORDER BY v.published_at DESC, v.id DESC LIMIT 1) n ON true
      ORDER BY ${page.order}`,
    page.values,
  );
}

export function toOverview(row: OverviewRow): ImageOverview {
  return {
    image: toImage(row),
    newest: {
      version: row.version,
      publishedAt: row.published_at,
      isDeprecated: row.is_deprecated,
      formats: row.formats,
      architectures: row.architectures,
    },
    publishedVersions: row.published_versions,
    aliases: row.aliases,
  };
}

interface UnpublishedRow {
  readonly id: VersionId;
  readonly image_name: ImageName;
  readonly version: VersionName;
  readonly state: 'draft' | 'publishing';
  readonly artifacts: number;
  readonly created_at: Date;
}

/** Of the images whose drafts the viewer sees, newest first. */
export async function listUnpublished(
  connection: Connection,
  viewer: Viewer,
  limit: number,
): Promise<UnpublishedVersion[]> {
  const rows = await connection.rows<UnpublishedRow>(
    `SELECT v.id, i.name AS image_name, v.version, v.state, v.created_at,
            (SELECT count(*)::int FROM artifacts a WHERE a.version_id = v.id) AS artifacts
       FROM versions v JOIN images i ON i.id = v.image_id
      WHERE ${isUnpublished('v')} AND ${isSeenImage('i', '$2')}
      ORDER BY v.created_at DESC, v.id DESC LIMIT $1`,
    [limit, seenImages(viewer)],
  );
  return rows.map((row) => ({
    id: row.id,
    imageName: row.image_name,
    version: row.version,
    state: row.state,
    artifacts: row.artifacts,
    createdAt: row.created_at,
  }));
}
