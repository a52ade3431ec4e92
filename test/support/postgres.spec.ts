import { Client } from 'pg';
import { createTestDatabase } from './postgres.js';

async function query(url: string, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

it('gives every caller an empty database of its own and drops it although someone is connected', async () => {
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
