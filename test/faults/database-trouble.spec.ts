import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { type ContractService, startContractService } from '../contract/contract-service.js';
import { HttpClient } from '../support/http-client.js';
import { expectProblem } from '../contract/problem.js';
import { DatabaseLink } from '../support/database-link.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { type RunningService, startService } from '../support/service.js';
import { waitFor } from '../support/wait-for.js';

jest.setTimeout(90_000);

/** More than the pool has connections. */
const WRITERS = 15;

async function connected(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

describe('a service whose database', () => {
  let service: ContractService;
  let admin: Client;
  /** Not in a transaction, in which Postgres would show the activity of one moment only. */
  let watcher: Client;

  beforeAll(async () => {
    service = await startContractService();
    admin = await connected(service.running.databaseUrl);
    watcher = await connected(service.running.databaseUrl);
  });

  afterAll(async () => {
    await admin.end();
    await watcher.end();
    await service.stop();
  });

  it('keeps one row locked answers 503 in seconds to those who want it, and everything else at once', async () => {
    const name = `image-${randomUUID()}`;
    const other = `image-${randomUUID()}`;
    expect((await service.writer.post('/v1/images', { name })).status).toBe(201);
    expect((await service.writer.post('/v1/images', { name: other })).status).toBe(201);
    await admin.query('BEGIN');
    await admin.query('SELECT FROM images WHERE name = $1 FOR UPDATE', [name]);
    const begunAtMs = performance.now();
    const wanting = Array.from({ length: WRITERS }, () =>
      service.writer.send('PATCH', `/v1/images/${name}`, { json: { description: 'mine' } }),
    );
    try {
      await waitFor(async () => {
        const { rows } = await watcher.query<{ waiting: number }>(
          `SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE wait_event_type = 'Lock'`,
        );
        return (rows[0]?.waiting ?? 0) > 2;
      });
      const readAtMs = performance.now();
      expect((await service.writer.get(`/v1/images/${other}`)).status).toBe(200);
      expect(performance.now() - readAtMs).toBeLessThan(1000);
      for (const answer of await Promise.all(wanting)) {
        expectProblem(answer, 503, 'dependency-unavailable');
        expect(answer.headers['retry-after']).toEqual(expect.any(String));
        expect((answer.json as { detail: string }).detail).toContain('busy');
      }
      expect(performance.now() - begunAtMs).toBeLessThan(20_000);
    } finally {
      await admin.query('ROLLBACK');
    }
    const after = await service.writer.send('PATCH', `/v1/images/${name}`, { json: { description: 'mine' } });
    expect(after.status).toBe(200);
  });

  it('accepts no writes any more says so, still reads, and writes as soon as the database does', async () => {
    const database = new URL(service.running.databaseUrl).pathname.slice(1);
    const create = () => service.writer.post('/v1/images', { name: `image-${randomUUID()}` });
    await admin.query(`ALTER DATABASE ${database} SET default_transaction_read_only = on`);
    await admin.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()',
      [database],
    );
    const refused = await waitFor(async () => {
      const answer = await create();
      return answer.status === 503 && JSON.stringify(answer.json).includes('read-only') ? answer : undefined;
    });
    expectProblem(refused, 503, 'dependency-unavailable');
    expect((await service.anonymous.get('/v1/images')).status).toBe(200);
    const ready = await waitFor(async () => {
      const answer = await service.anonymous.get('/readyz');
      return answer.status === 503 ? answer : undefined;
    });
    expect((ready.json as { detail: string }).detail).toContain('read-only');
    await admin.query('SET default_transaction_read_only = off');
    await admin.query(`ALTER DATABASE ${database} RESET default_transaction_read_only`);
    await waitFor(async () => (await create()).status === 201);
    await waitFor(async () => (await service.anonymous.get('/readyz')).status === 204);
  });
});

describe('a service whose network to the database falls silent', () => {
  let database: TestDatabase;
  let link: DatabaseLink;
  let service: RunningService;
  let client: HttpClient;

  beforeAll(async () => {
    database = await createTestDatabase();
    link = await DatabaseLink.open(database.url);
    service = await startService({ databaseUrl: link.url, workers: 0 });
    client = new HttpClient(service.baseUrl);
  });

  afterAll(async () => {
    link.thaw();
    await service.stop();
    await link.close();
    await database.drop();
  });

  const list = () => client.get('/v1/images');

  it('answers 503 within seconds, and reads again at once over new connections', async () => {
    // Several connections are open then.
    await Promise.all(Array.from({ length: 8 }, list));
    link.freezeOpenConnections();
    const begunAtMs = performance.now();
    expectProblem(await list(), 503, 'dependency-unavailable');
    expect(performance.now() - begunAtMs).toBeLessThan(9000);
    const againAtMs = performance.now();
    expect((await list()).status).toBe(200);
    expect(performance.now() - againAtMs).toBeLessThan(3000);
  });
});
