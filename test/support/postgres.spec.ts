import { Client } from 'pg';
import { MIGRATIONS } from '../../migrations/index.js';
import { executeSql } from './execute-sql.js';
import { createEmptyDatabase, createTestDatabase } from './postgres.js';

it('gives every caller a database of its own and drops it although someone is connected', async () => {
  const [first, second] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  await executeSql(first.url, 'create table mine ()');
  expect(await executeSql(second.url, `select to_regclass('mine') as mine`)).toEqual([{ mine: null }]);

  const connected = new Client({ connectionString: second.url });
  connected.on('error', () => undefined);
  await connected.connect();
  await Promise.all([first.drop(), second.drop()]);
  await second.drop();

  await expect(executeSql(second.url, 'select 1')).rejects.toThrow('does not exist');
});

it('gives a migrated database, and one without anything to those who ask for it', async () => {
  const [migrated, empty] = await Promise.all([createTestDatabase(), createEmptyDatabase()]);
  try {
    expect(await executeSql(migrated.url, 'select from schema_migrations')).toHaveLength(MIGRATIONS.length);
    const tables = `select from pg_class where relnamespace = 'public'::regnamespace`;
    expect(await executeSql(empty.url, tables)).toEqual([]);
  } finally {
    await Promise.all([migrated.drop(), empty.drop()]);
  }
});
