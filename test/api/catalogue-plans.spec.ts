import { Client } from 'pg';
import type { Database } from '@imgsrv/platform';
import { bigCatalogueOf, fillBigCatalogue } from '../bench/big-catalogue/big-catalogue.js';
import { type Operation, operationsOn } from '../bench/big-catalogue/operations.js';
import { validateDomains } from '../bench/big-catalogue/without-guards.js';
import { OpenedDatabase } from '../support/database.js';
import { waitFor } from '../support/wait-for.js';
import { OpenedStore } from './opened-store.js';

const SIZE = bigCatalogueOf(8000);
/** What has at least so many rows here grows with the catalogue. */
const MANY_ROWS = 2000;
const APPLICATION = 'imgsrv-test';

let opened: OpenedDatabase;
let store: OpenedStore;
let client: Client;

beforeAll(async () => {
  [opened, store] = await Promise.all([OpenedDatabase.open(), OpenedStore.open('plans')]);
  client = new Client({ connectionString: opened.url, application_name: 'plans' });
  await client.connect();
  await fillBigCatalogue(client, SIZE);
  await opened.database.close();
}, 120_000);

afterAll(async () => {
  await client.end();
  await Promise.all([opened.close(), store.close()]);
}, 60_000);

/** How often each large table was read from its beginning to its end. */
async function wholeReads(): Promise<ReadonlyMap<string, number>> {
  await client.query('SELECT pg_stat_clear_snapshot()');
  const { rows } = await client.query<{ table: string; scans: string }>(
    `SELECT s.relname AS table, s.seq_scan AS scans FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
      WHERE c.reltuples >= ${MANY_ROWS}`,
  );
  return new Map(rows.map(({ table, scans }) => [table, Number(scans)]));
}

/** The large tables that the operation reads whole. */
async function readWhole(name: string): Promise<string[]> {
  const before = await wholeReads();
  await runOnce(name);
  const after = await wholeReads();
  return [...after].filter(([table, scans]) => scans > (before.get(table) ?? 0)).map(([table]) => table);
}

/** On connections of its own, which report what they did at their end. */
async function runOnce(name: string): Promise<void> {
  const pool = opened.connect();
  await pool.start();
  try {
    const operation = operations(pool).find((each) => each.name === name);
    await operation?.run(3);
  } finally {
    await pool.close();
  }
  await waitFor(async () => (await connections()) === 0, { what: 'the connections to end' });
}

/** How many rows of versions were read so far. */
async function versionsRead(): Promise<number> {
  await client.query('SELECT pg_stat_clear_snapshot()');
  const { rows } = await client.query<{ read: string }>(
    `SELECT seq_tup_read + idx_tup_fetch AS read FROM pg_stat_user_tables WHERE relname = 'versions'`,
  );
  return Number(rows[0]?.read);
}

/** On a connection of its own: a new index reads its table, which is reported before anything is compared. */
async function change(sql: string): Promise<void> {
  const other = new Client({ connectionString: opened.url, application_name: APPLICATION });
  await other.connect();
  await other.query(sql);
  await other.end();
  await waitFor(async () => (await connections()) === 0, { what: 'the connection to end' });
}

async function connections(): Promise<number> {
  const { rowCount } = await client.query(
    `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1`,
    [APPLICATION],
  );
  return rowCount ?? 0;
}

function operations(database: Database): Operation[] {
  return operationsOn(database, store.store, SIZE);
}

it('is filled as the rules of the database demand', async () => {
  await validateDomains(client);
  const { rows } = await client.query<{ name: string }>(
    'SELECT conname AS name FROM pg_constraint WHERE NOT convalidated',
  );
  expect(rows).toEqual([]);
  const { rows: large } = await client.query<{ table: string }>(
    `SELECT relname AS table FROM pg_class WHERE relkind = 'r' AND reltuples >= ${MANY_ROWS} ORDER BY 1`,
  );
  expect(large.map(({ table }) => table)).toEqual(
    expect.arrayContaining(['artifacts', 'attachments', 'blobs', 'jobs', 'upload_sessions', 'versions']),
  );
}, 60_000);

const names = operationsOn({} as Database, {} as never, SIZE).map(({ name }) => name);

it.each(names)('reads no large table whole: %s', async (name) => {
  expect(await readWhole(name)).toEqual([]);
});

it('reads no more drafts than the page shows', async () => {
  const { rowCount } = await client.query(`SELECT FROM versions WHERE state = 'draft'`);
  expect(rowCount).toBeGreaterThan(200);
  const before = await versionsRead();
  await runOnce('page of drafts');
  expect((await versionsRead()) - before).toBe(50);
});

it.each([
  ["collection's batch", 'artifacts_primary_blob', ['artifacts']],
  ['uploads in flight, all', 'upload_sessions_pending', ['upload_sessions']],
  ['finished jobs', 'jobs_finished', ['jobs']],
  ['blob by digest', 'attachments_blob_digest', ['attachments']],
  ['manifest', 'attachments_name_unique', ['attachments']],
])('would read a table whole: %s without %s', async (name, index, tables) => {
  const { rows } = await client.query<{ definition: string | null; make: string }>(
    `SELECT pg_get_constraintdef(c.oid) AS definition, pg_get_indexdef(i.indexrelid) AS make
       FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid WHERE i.indexrelid = $1::regclass`,
    [index],
  );
  const { definition = null, make = '' } = rows[0] ?? {};
  const alter = `ALTER TABLE ${tables.join()}`;
  await change(definition === null ? `DROP INDEX ${index}` : `${alter} DROP CONSTRAINT ${index}`);
  try {
    expect(await readWhole(name)).toEqual(tables);
  } finally {
    await change(definition === null ? make : `${alter} ADD CONSTRAINT ${index} ${definition}`);
  }
});
