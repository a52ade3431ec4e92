import type { Connection, Transaction } from '@imgsrv/platform';
import type { AliasId, AliasName, ImageId, VersionId, VersionName } from '../names/names.js';
import type { Alias } from './alias.js';

const SELECT = `SELECT l.id, l.image_id, l.alias, l.version_id, v.version, l.revision, l.created_at, l.updated_at
  FROM aliases l JOIN versions v ON v.id = l.version_id`;

interface AliasRow {
  readonly id: AliasId;
  readonly image_id: ImageId;
  readonly alias: AliasName;
  readonly version_id: VersionId;
  readonly version: VersionName;
  readonly revision: string;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export async function findAlias(
  connection: Connection,
  imageId: ImageId,
  alias: AliasName,
): Promise<Alias | undefined> {
  const [row] = await connection.rows<AliasRow>(`${SELECT} WHERE l.image_id = $1 AND l.alias = $2`, [
    imageId,
    alias,
  ]);
  return row && toAlias(row);
}

/** By name, those after `after`. */
export async function listAliases(
  connection: Connection,
  imageId: ImageId,
  limit: number,
  after = '',
): Promise<Alias[]> {
  const rows = await connection.rows<AliasRow>(
    `${SELECT} WHERE l.image_id = $1 AND l.alias > $2 ORDER BY l.alias LIMIT $3`,
    [imageId, after, limit],
  );
  return rows.map(toAlias);
}

/** All that name a version, by name. */
export async function listAliasesOf(connection: Connection, versionId: VersionId): Promise<Alias[]> {
  const rows = await connection.rows<AliasRow>(`${SELECT} WHERE l.version_id = $1 ORDER BY l.alias`, [
    versionId,
  ]);
  return rows.map(toAlias);
}

export async function countAliases(connection: Connection, imageId: ImageId): Promise<number> {
  const [row] = await connection.rows<{ count: string }>('SELECT count(*) FROM aliases WHERE image_id = $1', [
    imageId,
  ]);
  return Number(row?.count);
}

export async function insertAlias(
  tx: Transaction,
  imageId: ImageId,
  alias: AliasName,
  versionId: VersionId,
): Promise<void> {
  await tx.rows('INSERT INTO aliases (image_id, alias, version_id) VALUES ($1, $2, $3)', [
    imageId,
    alias,
    versionId,
  ]);
}

/** Changes nothing when the alias points there already. */
export async function moveAlias(tx: Transaction, id: AliasId, versionId: VersionId): Promise<void> {
  await tx.rows(
    `UPDATE aliases SET version_id = $2, revision = revision + 1, updated_at = now()
      WHERE id = $1 AND version_id <> $2`,
    [id, versionId],
  );
}

export async function deleteAlias(tx: Transaction, id: AliasId): Promise<void> {
  await tx.rows('DELETE FROM aliases WHERE id = $1', [id]);
}

function toAlias(row: AliasRow): Alias {
  return {
    id: row.id,
    imageId: row.image_id,
    alias: row.alias,
    versionId: row.version_id,
    version: row.version,
    entityTag: `"${row.id}.${row.revision}"`,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
