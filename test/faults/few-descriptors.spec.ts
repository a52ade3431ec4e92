import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RawConnection } from '../contract/raw-connection.js';
import { HttpClient } from '../support/http-client.js';
import { expectProblem } from '../contract/problem.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { ServiceProcess } from '../support/service-process.js';
import type { ServiceProcessName } from '../support/service-programs.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';

const DESCRIPTORS = 128;

let database: TestDatabase;
let folder: Awaited<ReturnType<typeof createTemporaryFolder>>;
const processes: ServiceProcess[] = [];

async function start(name: ServiceProcessName, more: readonly string[] = []): Promise<ServiceProcess> {
  const flags = [
    ...more,
    '--listen',
    '127.0.0.1:0',
    '--metrics-listen',
    '127.0.0.1:0',
    '--log-format',
    'json',
  ];
  const store = ['--storage-dir', join(folder.path, 'store')];
  const settings = { IMGSRV_POSTGRES_URL: database.url };
  const started = ServiceProcess.spawnLimited(name, DESCRIPTORS, [...flags, ...store], settings);
  processes.push(started);
  await started.waitUntilListening();
  await started.waitUntil(
    'that it is ready',
    async () => (await new HttpClient(started.url).get('/readyz')).status === 204,
  );
  return started;
}

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await createTemporaryFolder('few-descriptors');
  await mkdir(join(folder.path, 'store'));
});
afterEach(async () => {
  await Promise.all(
    processes.splice(0).map((started) => {
      started.kill();
      return started.exited;
    }),
  );
});
afterAll(async () => {
  await database.drop();
  await folder.remove();
});

it('an api starts, says how many descriptors its settings need, and serves', async () => {
  const api = await start('api');
  expect(api.stderr).toContain(`may open ${DESCRIPTORS} files and connections, its settings need 3100`);
  expect((await new HttpClient(api.url).get('/v1/images')).status).toBe(200);
}, 60_000);

it('a worker starts, and has nothing to say when its jobs have enough', async () => {
  const worker = await start('worker', ['--worker-concurrency', '2']);
  expect(worker.stderr).not.toContain('files and connections');
  expect((await new HttpClient(worker.url).get('/healthz')).status).toBe(204);
}, 60_000);

it('connections that leave an api hardly a descriptor get 503, those before them are served, and it recovers', async () => {
  const { url } = await start('api');
  const connections: RawConnection[] = [];
  const open = async (): Promise<RawConnection> => {
    const connection = await RawConnection.open(url);
    connections.push(connection);
    connection.request('GET /v1/images');
    return connection;
  };
  const first = await open();
  expect((await first.answer()).status).toBe(200);
  const refused = await waitFor(
    async () => {
      const connection = await open();
      const answer = await connection.answer();
      return answer.status === 200 ? undefined : { connection, answer };
    },
    { what: 'an answer of another kind' },
  );
  expectProblem(refused.answer, 503, 'dependency-unavailable');
  expect(refused.answer.headers['retry-after']).toMatch(/^\d+$/);
  await refused.connection.closed();
  // What is left is for requests on the connections that are there.
  await Promise.all(
    connections
      .filter(({ isClosed }) => !isClosed)
      .map(async (connection) => {
        connection.request('GET /v1/images');
        expect((await connection.answer()).status).toBe(200);
      }),
  );
  const flood = await Promise.all(Array.from({ length: 3 * DESCRIPTORS }, () => RawConnection.open(url)));
  first.request('GET /healthz');
  expect((await first.answer()).status).toBe(204);
  [...connections, ...flood].forEach((connection) => {
    connection.cut();
  });
  await waitFor(
    async () => {
      const connection = await RawConnection.open(url);
      connection.request('GET /v1/images');
      const status = await connection
        .answer()
        .then((answer) => answer.status)
        .catch(() => 0);
      connection.cut();
      return status === 200;
    },
    { what: 'a new connection to be served' },
  );
}, 60_000);
