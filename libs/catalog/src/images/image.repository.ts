import type { Connection, Transaction } from '@imgsrv/platform';
import { ImageNotFoundError } from '../catalog.errors.js';
import type { ImageId, ImageName } from '../names/names.js';
import { isPublicImage, seesDrafts, type Viewer } from '../visibility.js';
import type { Image } from './image.js';

const COLUMNS = 'i.id, i.name, i.display_name, i.description, i.created_at, i.updated_at';

interface ImageRow {
  readonly id: ImageId;
  readonly name: ImageName;
  readonly display_name: string | null;
  readonly description: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

interface ImageTexts {
  readonly displayName: string | null;
  readonly description: string | null;
}

/** The new image, or undefined when the name is taken, also by a transaction that commits meanwhile. */
export async function insertImage(
  tx: Transaction,
  name: ImageName,
  texts: ImageTexts,
): Promise<Image | undefined> {
  const [row] = await tx.rows<ImageRow>(
    `INSERT INTO images AS i (name, display_name, description) VALUES ($1, $2, $3)
     ON CONFLICT (name) DO NOTHING RETURNING ${COLUMNS}`,
    [name, texts.displayName, texts.description],
  );
  return row && toImage(row);
}

export async function updateImage(tx: Transaction, id: ImageId, texts: ImageTexts): Promise<Image> {
  const [row] = await tx.rows<ImageRow>(
    `UPDATE images AS i SET display_name = $2, description = $3, updated_at = now() WHERE id = $1
     RETURNING ${COLUMNS}`,
    [id, texts.displayName, texts.description],
  );
  if (row === undefined) {
    throw new ImageNotFoundError();
  }
  return toImage(row);
}

/** Throws ImageNotFoundError when there is none or it cannot be seen. */
export async function getImage(connection: Connection, name: ImageName, viewer: Viewer): Promise<Image> {
  const [row] = await connection.rows<ImageRow>(
    `SELECT ${COLUMNS} FROM images i WHERE i.name = $1 AND ($2::boolean OR ${isPublicImage('i')})`,
    [name, seesDrafts(viewer, name)],
  );
  if (row === undefined) {
    throw new ImageNotFoundError();
  }
  return toImage(row);
}

/** The image, on which every other change waits until the transaction ends. Throws ImageNotFoundError. */
export async function lockImage(tx: Transaction, name: ImageName): Promise<Image> {
  const [row] = await tx.rows<ImageRow>(
    `SELECT ${COLUMNS} FROM images i WHERE i.name = $1 FOR NO KEY UPDATE`,
    [name],
  );
  if (row === undefined) {
    throw new ImageNotFoundError();
  }
  return toImage(row);
}

/** Images that anyone may see, by name, those after `after`. */
export async function listPublishedImages(
  connection: Connection,
  limit: number,
  after = '',
): Promise<Image[]> {
  const rows = await connection.rows<ImageRow>(
    `SELECT ${COLUMNS} FROM images i WHERE i.name > $1 AND ${isPublicImage('i')} ORDER BY i.name LIMIT $2`,
    [after, limit],
  );
  return rows.map(toImage);
}

function toImage(row: ImageRow): Image {
  return {
    id: row.id,
    name: row.name,
    ...(row.display_name === null ? {} : { displayName: row.display_name }),
    ...(row.description === null ? {} : { description: row.description }),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
