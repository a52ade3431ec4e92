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

async function start(name: ServiceProcessName): Promise<ServiceProcess> {
  const flags = ['--listen', '127.0.0.1:0', '--metrics-listen', '127.0.0.1:0', '--log-format', 'json'];
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

it.each<[ServiceProcessName, number]>([
  ['api', 200],
  ['worker', 404],
])(
  `the %s starts with ${DESCRIPTORS} file descriptors, and serves`,
  async (name, status) => {
    const started = await start(name);
    expect((await new HttpClient(started.url).get('/v1/images')).status).toBe(status);
  },
  60_000,
);
