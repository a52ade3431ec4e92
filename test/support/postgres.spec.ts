import { Client } from 'pg';
import { MIGRATIONS } from '../../migrations/index.js';
import { createEmptyDatabase, createTestDatabase } from './postgres.js';

async function query(url: string, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

it('gives every caller a database of its own and drops it although someone is connected', async () => {
  const [first, second] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  await query(first.url, 'create table mine ()');
  expect(await query(second.url, `select to_regclass('mine') as mine`)).toEqual([{ mine: null }]);

  const connected = new Client({ connectionString: second.url });
  connected.on('error', () => undefined);
  await connected.connect();
  await Promise.all([first.drop(), second.drop()]);
  await second.drop();

  await expect(query(second.url, 'select 1')).rejects.toThrow('does not exist');
});

it('gives a migrated database, and one without anything to those who ask for it', async () => {
  const [migrated, empty] = await Promise.all([createTestDatabase(), createEmptyDatabase()]);
  try {
    expect(await query(migrated.url, 'select from schema_migrations')).toHaveLength(MIGRATIONS.length);
    const tables = `select from pg_class where relnamespace = 'public'::regnamespace`;
    expect(await query(empty.url, tables)).toEqual([]);
  } finally {
    await Promise.all([migrated.drop(), empty.drop()]);
  }
});
