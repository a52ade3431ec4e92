import { adoptRecord, outdateRecord, type RecordKey, type RecordSubject } from '@imgsrv/cas';
import type { Connection, Transaction } from '@imgsrv/platform';
import { type CatalogRecord, NotRestorableError, type RecordedRow } from '../catalog-record.js';
import { RECORDED_TABLES } from '../recorded-tables.js';

/** Columns of every table that is recorded, by its name. */
export type TableColumns = ReadonlyMap<string, ReadonlySet<string>>;

export async function readColumns(connection: Connection): Promise<TableColumns> {
  const names = Object.values(RECORDED_TABLES).flatMap((tables) => tables.map(({ name }) => name));
  const rows = await connection.rows<{ table: string; columns: string[] }>(
    `SELECT t.name AS table, array_agg(a.attname::text) AS columns
       FROM unnest($1::text[]) AS t (name) JOIN pg_attribute a ON a.attrelid = t.name::regclass
      WHERE a.attnum > 0 AND NOT a.attisdropped GROUP BY t.name`,
    [names],
  );
  return new Map(rows.map(({ table, columns }) => [table, new Set(columns)]));
}

/** Why nothing may be restored into this database, as a sentence; undefined when it may. `imageIds`: those in the store. */
export async function findObstacle(
  connection: Connection,
  imageIds: readonly string[],
): Promise<string | undefined> {
  const [owner] = await connection.rows<{ is_owner: boolean }>(
    `SELECT pg_has_role(relowner, 'USAGE') AS is_owner FROM pg_class WHERE oid = 'versions'::regclass`,
  );
  if (owner?.is_owner !== true) {
    return 'It needs the role that owns the tables: the rules of the database would refuse published content in pieces.';
  }
  const [other] = await connection.rows<{ name: string }>(
    'SELECT name FROM images WHERE NOT id = ANY ($1::uuid[]) LIMIT 1',
    [imageIds],
  );
  return other === undefined
    ? findCompany(connection)
    : `The database has an image that the store has no record of, ${other.name}. Use an empty database.`;
}

/** The sentence that says which process works on this database; undefined when none does. */
export async function findCompany(connection: Connection): Promise<string | undefined> {
  const [found] = await connection.rows<{ process: string }>(
    `SELECT replace(application_name, 'imgsrv-', '') AS process FROM pg_stat_activity
      WHERE datname = current_database() AND application_name IN ('imgsrv-worker', 'imgsrv-api')
     UNION ALL SELECT 'worker' FROM jobs WHERE state = 'running' AND lease_expires_at > clock_timestamp()
     LIMIT 1`,
  );
  return found && `The database is in use by a running ${found.process}. Stop every api and worker first.`;
}

/** Makes the image, without its aliases. Throws NotRestorableError when another one has its name. */
export async function restoreImage(
  tx: Transaction,
  columns: TableColumns,
  key: RecordKey,
  record: CatalogRecord,
): Promise<number> {
  const inserted = await insertRows(tx, columns, record, 'images', 'ON CONFLICT DO NOTHING');
  const [present] = await tx.rows('SELECT FROM images WHERE id = $1 AND name = $2', [
    record.id,
    record.image,
  ]);
  if (present === undefined) {
    throw new NotRestorableError('another image of that name was recorded later');
  }
  await outdateRecord(tx, key);
  return inserted;
}

/** Inserts the rows of a version as they were, and adopts its record. Resolves to the number of new blobs. */
export async function restoreVersion(
  tx: Transaction,
  columns: TableColumns,
  key: RecordKey,
  record: CatalogRecord,
): Promise<number> {
  const blobs = await insertRows(tx, columns, record, 'blobs', 'ON CONFLICT DO NOTHING');
  for (const { name } of RECORDED_TABLES.versions) {
    if (name !== 'blobs') {
      await insertRows(tx, columns, record, name);
    }
  }
  // What was hashed for the fingerprints, so that nobody hashes it again.
  await tx.rows(
    `INSERT INTO combined_digests (metadata_digest, root_digest, combined_digest)
     SELECT DISTINCT metadata_digest, root_digest, 'sha256:' || fingerprint FROM stream_roots
      WHERE version_id = $1 AND metadata_digest IS NOT NULL ON CONFLICT DO NOTHING`,
    [record.id],
  );
  await adoptRecord(tx, key);
  return blobs;
}

/** Inserts what belongs to an image besides versions, and adopts its record unless something of it was left out. */
export async function restorePartsOfImage(
  tx: Transaction,
  columns: TableColumns,
  key: RecordKey,
  record: CatalogRecord,
): Promise<{ readonly aliases: number; readonly leftOut: readonly string[] }> {
  const aliases = record.rows['aliases'] ?? [];
  const published = await tx.rows<{ id: string }>(
    `SELECT id FROM versions WHERE image_id = $1 AND state = 'published'`,
    [record.id],
  );
  const targets = new Set<unknown>(published.map(({ id }) => id));
  const isThere = ({ version_id: target }: RecordedRow): boolean => targets.has(target);
  const whole = { ...record, rows: { ...record.rows, aliases: aliases.filter(isThere) } };
  const restored = await insertRows(tx, columns, whole, 'aliases', 'ON CONFLICT DO NOTHING');
  await insertRows(tx, columns, whole, 'retention_policies', 'ON CONFLICT DO NOTHING');
  // What triggers would have counted for the search.
  await tx.rows('SELECT recount_published($1)', [record.id]);
  const leftOut = aliases
    .filter((alias) => !isThere(alias))
    .map(({ alias }) => (typeof alias === 'string' ? alias : ''));
  if (leftOut.length === 0) {
    await adoptRecord(tx, key);
  }
  return { aliases: restored, leftOut };
}

/**
 * Runs `work` while the triggers of a record's tables do nothing: published rows are put back as they were, not published
 * again. Only the owner may do that, and nobody else writes to these tables meanwhile. Foreign keys and checks hold.
 */
export async function withoutTriggers<T>(
  tx: Transaction,
  subject: RecordSubject,
  work: () => Promise<T>,
): Promise<T> {
  for (const { name } of RECORDED_TABLES[subject]) {
    await tx.rows(`ALTER TABLE ${name} DISABLE TRIGGER USER`);
  }
  const result = await work();
  for (const { name } of RECORDED_TABLES[subject]) {
    await tx.rows(`ALTER TABLE ${name} ENABLE TRIGGER USER`);
  }
  await tx.rows(
    'UPDATE streams_revision SET revision = revision + 1, advanced_at = greatest(advanced_at, clock_timestamp())',
  );
  return result;
}

async function insertRows(
  tx: Transaction,
  columns: TableColumns,
  { rows: tables }: CatalogRecord,
  table: string,
  onConflict = '',
): Promise<number> {
  const rows = tables[table] ?? [];
  const [first] = rows;
  if (first === undefined) {
    return 0;
  }
  const names = Object.keys(first);
  if (!names.every((name) => columns.get(table)?.has(name))) {
    throw new NotRestorableError(`its record has columns of ${table} that this release does not know`);
  }
  const list = names.map((name) => `"${name}"`).join(', ');
  const inserted = await tx.rows(
    `INSERT INTO ${table} (${list}) SELECT ${list} FROM jsonb_populate_recordset(NULL::${table}, $1::jsonb)
     ${onConflict} RETURNING 1`,
    [JSON.stringify(rows)],
  );
  return inserted.length;
}
