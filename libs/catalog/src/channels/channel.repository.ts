import type { Connection, Transaction } from '@imgsrv/platform';
import type { AliasName, ChannelName } from '../names/names.js';
import { type Audience, hasPublished, isInAudience, isNamedBy } from '../visibility.js';
import type { Channel } from './channel.js';

const COLUMNS = 'name, image_patterns, alias, created_at, updated_at';

interface ChannelRow {
  readonly name: ChannelName;
  readonly image_patterns: readonly string[];
  readonly alias: AliasName;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export async function findChannel(connection: Connection, name: ChannelName): Promise<Channel | undefined> {
  const [row] = await connection.rows<ChannelRow>(`SELECT ${COLUMNS} FROM channels WHERE name = $1`, [name]);
  return row && toChannel(row);
}

/** By name, those after `after`. */
export async function listChannels(connection: Connection, limit: number, after = ''): Promise<Channel[]> {
  const rows = await connection.rows<ChannelRow>(
    `SELECT ${COLUMNS} FROM channels WHERE name > $1 ORDER BY name LIMIT $2`,
    [after, limit],
  );
  return rows.map(toChannel);
}

export async function countChannels(connection: Connection): Promise<number> {
  const [row] = await connection.rows<{ count: string }>('SELECT count(*) FROM channels');
  return Number(row?.count);
}

export async function putChannel(
  tx: Transaction,
  { name, imagePatterns, alias }: Pick<Channel, 'name' | 'imagePatterns' | 'alias'>,
): Promise<Channel> {
  const [row] = await tx.rows<ChannelRow>(
    `INSERT INTO channels (name, image_patterns, alias) VALUES ($1, $2, $3)
     ON CONFLICT (name) DO UPDATE SET image_patterns = $2, alias = $3, updated_at = now()
     RETURNING ${COLUMNS}`,
    [name, [...imagePatterns], alias],
  );
  if (row === undefined) {
    throw new Error('a channel that was put was not returned');
  }
  return toChannel(row);
}

export async function deleteChannel(tx: Transaction, name: ChannelName): Promise<void> {
  await tx.rows('DELETE FROM channels WHERE name = $1', [name]);
}

/** Which of the names are of images of which the audience sees something published. */
export async function findSeenNames(
  connection: Connection,
  names: readonly string[],
  audience: Audience,
): Promise<ReadonlySet<string>> {
  if (names.length === 0) {
    return new Set();
  }
  const rows = await connection.rows<{ name: string }>(
    `SELECT i.name FROM images i
     WHERE i.name = ANY($1) AND ${isInAudience('i', '$2')} AND ${hasPublished('i')}`,
    [[...names], [...audience]],
  );
  return new Set(rows.map(({ name }) => name));
}

/** How many published images the patterns of a channel name, and how many of these have its alias. */
export async function countShown(
  connection: Connection,
  { imagePatterns, alias }: Pick<Channel, 'imagePatterns' | 'alias'>,
): Promise<{ readonly images: number; readonly shown: number }> {
  const [row] = await connection.rows<{ images: string; shown: string }>(
    `SELECT count(*) AS images,
            count(*) FILTER (WHERE EXISTS (SELECT FROM aliases l WHERE l.image_id = i.id AND l.alias = $2)) AS shown
       FROM images i WHERE ${isNamedBy('i', '$1::text[]')} AND ${hasPublished('i')}`,
    [[...imagePatterns], alias],
  );
  return { images: Number(row?.images), shown: Number(row?.shown) };
}

function toChannel(row: ChannelRow): Channel {
  return {
    name: row.name,
    imagePatterns: row.image_patterns,
    alias: row.alias,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
