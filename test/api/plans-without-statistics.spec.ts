import { parseDigest } from '@imgsrv/cas';
import { BlobVisibility } from '@imgsrv/catalog';
import { Client } from 'pg';
import { bigCatalogueOf, fillBigCatalogue } from '../bench/big-catalogue/big-catalogue.js';
import { OpenedDatabase } from '../support/database.js';
import { waitFor } from '../support/wait-for.js';

const SIZE = { ...bigCatalogueOf(300), artifacts: 300 };
const DECLARED_BY_NONE = parseDigest(`sha256:${'0'.repeat(64)}`);

let opened: OpenedDatabase;
let client: Client;

// A catalogue that was just filled, or restored from a dump: nothing tells the planner what is in it.
beforeAll(async () => {
  opened = await OpenedDatabase.open();
  client = new Client({ connectionString: opened.url });
  await client.connect();
  await fillBigCatalogue(client, SIZE, { statistics: false });
  await opened.database.close();
}, 120_000);

afterAll(async () => {
  await client.end();
  await opened.close();
});

it('looks from a blob at what declares it, and at no other version', async () => {
  const before = await readRows();
  const pool = opened.connect();
  await pool.start();
  const visibility = new BlobVisibility(pool);
  await expect(visibility.isVisible(DECLARED_BY_NONE, 'anyone')).resolves.toBe(false);
  await pool.close();
  // Connections report what they did at their end.
  await waitFor(async () => (await connections()) === 0, { what: 'the connections to end' });
  // A small table may be read once, none for each version.
  expect((await readRows()) - before).toBeLessThan(SIZE.versions);
});

async function connections(): Promise<number> {
  const { rowCount } = await client.query(
    `SELECT FROM pg_stat_activity
      WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`,
  );
  return rowCount ?? 0;
}

async function readRows(): Promise<number> {
  await client.query('SELECT pg_stat_clear_snapshot()');
  const { rows } = await client.query<{ count: string }>(
    `SELECT sum(seq_tup_read + idx_tup_fetch) AS count FROM pg_stat_user_tables
      WHERE relname IN ('images', 'versions', 'artifacts', 'attachments')`,
  );
  return Number(rows[0]?.count);
}
