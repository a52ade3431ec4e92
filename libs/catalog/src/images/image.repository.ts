import type { Connection, Transaction } from '@imgsrv/platform';
import { ImageNotFoundError } from '../catalog.errors.js';
import type { ImageId, ImageName } from '../names/names.js';
import {
  audienceOf,
  hasPublished,
  isInAudience,
  seesDrafts,
  type Viewer,
  type Visibility,
} from '../visibility.js';
import type { VersionState } from '../versions/version.js';
import type { Image } from './image.js';

export const IMAGE_COLUMNS =
  'i.id, i.name, i.display_name, i.description, i.visibility, i.created_at, i.updated_at';

export interface ImageRow {
  readonly id: ImageId;
  readonly name: ImageName;
  readonly display_name: string | null;
  readonly description: string | null;
  readonly visibility: Visibility;
  readonly created_at: Date;
  readonly updated_at: Date;
}

interface ImageFields {
  readonly displayName: string | null;
  readonly description: string | null;
  readonly visibility: Visibility;
}

/** The new image, or undefined when the name is taken, also by a transaction that commits meanwhile. */
export async function insertImage(
  tx: Transaction,
  name: ImageName,
  fields: ImageFields,
): Promise<Image | undefined> {
  const [row] = await tx.rows<ImageRow>(
    `INSERT INTO images AS i (name, display_name, description, visibility) VALUES ($1, $2, $3, $4)
     ON CONFLICT (name) DO NOTHING RETURNING ${IMAGE_COLUMNS}`,
    [name, fields.displayName, fields.description, fields.visibility],
  );
  return row && toImage(row);
}

export async function updateImage(tx: Transaction, id: ImageId, fields: ImageFields): Promise<Image> {
  const [row] = await tx.rows<ImageRow>(
    `UPDATE images AS i SET display_name = $2, description = $3, visibility = $4, updated_at = now() WHERE id = $1
     RETURNING ${IMAGE_COLUMNS}`,
    [id, fields.displayName, fields.description, fields.visibility],
  );
  if (row === undefined) {
    throw new ImageNotFoundError();
  }
  return toImage(row);
}

/** Throws ImageNotFoundError when there is none or it cannot be seen. */
export async function getImage(connection: Connection, name: ImageName, viewer: Viewer): Promise<Image> {
  const [row] = await connection.rows<ImageRow>(
    `SELECT ${IMAGE_COLUMNS} FROM images i
      WHERE i.name = $1 AND ${isInAudience('i', '$3')} AND ($2::boolean OR ${hasPublished('i')})`,
    [name, seesDrafts(viewer, name), audienceOf(viewer)],
  );
  if (row === undefined) {
    throw new ImageNotFoundError();
  }
  return toImage(row);
}

/** The image, on which every other change waits until the transaction ends. Throws ImageNotFoundError. */
export async function lockImage(tx: Transaction, name: ImageName): Promise<Image> {
  return lockRow(tx, name, 'FOR NO KEY UPDATE');
}

/** As `lockImage`; whoever adds a version waits as well. */
export async function lockImageToDelete(tx: Transaction, name: ImageName): Promise<Image> {
  return lockRow(tx, name, 'FOR UPDATE');
}

async function lockRow(
  tx: Transaction,
  name: ImageName,
  lock: 'FOR NO KEY UPDATE' | 'FOR UPDATE',
): Promise<Image> {
  const [row] = await tx.rows<ImageRow>(`SELECT ${IMAGE_COLUMNS} FROM images i WHERE i.name = $1 ${lock}`, [
    name,
  ]);
  if (row === undefined) {
    throw new ImageNotFoundError();
  }
  return toImage(row);
}

/**
 * The id of the image, which is not deleted until the transaction ends. Throws ImageNotFoundError. Unlike `lockImage` it
 * makes no other change wait.
 */
export async function holdImage(tx: Transaction, name: ImageName): Promise<ImageId> {
  const [row] = await tx.rows<{ id: ImageId }>('SELECT id FROM images WHERE name = $1 FOR KEY SHARE', [name]);
  if (row === undefined) {
    throw new ImageNotFoundError();
  }
  return row.id;
}

/** How many versions in which state an image has; none of them changes until the transaction ends. */
export async function lockVersionsOf(tx: Transaction, id: ImageId): Promise<Record<VersionState, number>> {
  const rows = await tx.rows<{ state: VersionState }>(
    'SELECT state FROM versions WHERE image_id = $1 ORDER BY id FOR UPDATE',
    [id],
  );
  const counts: Record<VersionState, number> = { draft: 0, publishing: 0, published: 0, withdrawn: 0 };
  for (const { state } of rows) {
    counts[state] += 1;
  }
  return counts;
}

/** Removes an image with its drafts; the database refuses one with any other version. */
export async function deleteImage(tx: Transaction, id: ImageId): Promise<void> {
  await tx.rows('DELETE FROM versions WHERE image_id = $1', [id]);
  await tx.rows('DELETE FROM images WHERE id = $1', [id]);
}

export function toImage(row: ImageRow): Image {
  return {
    id: row.id,
    name: row.name,
    ...(row.display_name === null ? {} : { displayName: row.display_name }),
    ...(row.description === null ? {} : { description: row.description }),
    visibility: row.visibility,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
