import type { Connection } from '@imgsrv/platform';
import type { Image } from '../images/image.js';
import { type ImageRow, toImage } from '../images/image.repository.js';
import { toVersion, VERSION_COLUMNS, type VersionRow } from '../versions/version.repository.js';
import type { VersionAddress } from '../versions/version-address.js';
import type { Version } from '../versions/version.js';
import { type Audience, isInAudience, isPublished } from '../visibility.js';

/** A version with its image, as of one moment. */
export interface PublishedVersion {
  readonly image: Image;
  readonly version: Version;
}

interface PublishedVersionRow extends VersionRow, Omit<ImageRow, 'id' | 'created_at' | 'updated_at'> {
  readonly image_created_at: Date;
  readonly image_updated_at: Date;
}

/** The name of a version in its image as one text; neither holds the character between them. */
export function addressKey({ image, version }: VersionAddress): string {
  return `${image} ${version}`;
}

/** Those of the addresses at which the audience sees a published version, by `addressKey`. */
export async function findPublishedVersions(
  connection: Connection,
  addressKeys: readonly string[],
  audience: Audience,
): Promise<Map<string, PublishedVersion>> {
  const addresses = addressKeys.map((key) => key.split(' '));
  const rows = await connection.rows<PublishedVersionRow>(
    `SELECT ${VERSION_COLUMNS}, i.name, i.display_name, i.description, i.visibility,
            i.created_at AS image_created_at, i.updated_at AS image_updated_at
       FROM unnest($1::text[], $2::text[]) AS w (image, version)
       JOIN images i ON i.name = w.image
       JOIN versions v ON v.image_id = i.id AND v.version = w.version
      WHERE ${isPublished('v')} AND ${isInAudience('i', '$3')}`,
    [addresses.map(([image]) => image), addresses.map(([, version]) => version), audience],
  );
  return new Map(rows.map((row) => [`${row.name} ${row.version}`, toPublishedVersion(row)]));
}

function toPublishedVersion(row: PublishedVersionRow): PublishedVersion {
  const { image_id: id, image_created_at: created_at, image_updated_at: updated_at } = row;
  return { image: toImage({ ...row, id, created_at, updated_at }), version: toVersion(row) };
}
