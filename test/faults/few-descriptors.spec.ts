import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HttpClient } from '../support/http-client.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { ServiceProcess } from '../support/service-process.js';
import type { ServiceProcessName } from '../support/service-programs.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';

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
