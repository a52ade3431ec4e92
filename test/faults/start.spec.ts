import { MIGRATIONS } from '../../migrations/index.js';
import { HttpClient } from '../support/http-client.js';
import { DatabaseLink } from '../support/database-link.js';
import { createEmptyDatabase, type TestDatabase } from '../support/postgres.js';
import { startService } from '../support/service.js';
import { ServiceProcess } from '../support/service-process.js';
import type { ServiceProcessName } from '../support/service-programs.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';
import { TestConnection } from '../support/test-connection.js';
import { killNow } from './workers.js';

jest.setTimeout(60_000);

describe('on an empty database', () => {
  it.each([1, 2, 3])('two apis and two workers come up together (round %d)', async () => {
    const service = await startService({ apis: 2, workers: 2, isDatabaseEmpty: true });
    const connection = await TestConnection.open(service.databaseUrl);
    try {
      const processes = [...service.apis, ...service.workers];
      expect(processes.every(({ isRunning }) => isRunning)).toBe(true);
      expect(await connection.count('SELECT FROM schema_migrations')).toBe(MIGRATIONS.length);
      const printed = service.apis.flatMap(({ stdout }) => stdout.match(/^imgsrv bootstrap token: /gm) ?? []);
      expect(printed).toHaveLength(1);
      for (const url of service.baseUrls) {
        const { status } = await new HttpClient(url, service.bootstrapToken).get('/v1/auth/whoami');
        expect(status).toBe(200);
      }
    } finally {
      await connection.close();
      await service.stop();
    }
  });
});

describe('over a link to the database', () => {
  let database: TestDatabase;
  let folder: { path: string; remove(): Promise<void> };
  let link: DatabaseLink;
  let processes: ServiceProcess[];

  beforeEach(async () => {
    database = await createEmptyDatabase();
    folder = await createTemporaryFolder('faults');
    link = await DatabaseLink.open(database.url);
    processes = [];
  });

  afterEach(async () => {
    await Promise.all(processes.map(killNow));
    await link.close();
    await folder.remove();
    await database.drop();
  });

  function spawn(name: ServiceProcessName, flags: readonly string[] = []): ServiceProcess {
    const listen = ['--listen', '127.0.0.1:0', '--metrics-listen', '', '--log-format', 'json'];
    const settings = { IMGSRV_POSTGRES_URL: link.url, IMGSRV_STORAGE_DIR: folder.path };
    const spawned = ServiceProcess.spawn(name, [...listen, ...flags], settings);
    processes.push(spawned);
    return spawned;
  }

  async function isReady({ url }: ServiceProcess): Promise<boolean> {
    return (await new HttpClient(url).get('/readyz')).status === 204;
  }

  it('that is down at the start, every process waits for it, serving what it can', async () => {
    await link.close();
    const [api, worker] = [spawn('api'), spawn('worker')];
    await Promise.all([api.waitUntilListening(), worker.waitUntilListening()]);
    const client = new HttpClient(api.url);
    expect((await client.get('/healthz')).status).toBe(204);
    expect((await new HttpClient(worker.url).get('/healthz')).status).toBe(204);
    for (const path of ['/readyz', '/v1/images', '/streams/v1/images.json']) {
      expect([path, await client.get(path)]).toMatchObject([
        path,
        {
          status: 503,
          headers: { 'content-type': expect.stringContaining('application/problem+json') as string },
        },
      ]);
    }
    expect(api.stdout).toBe('');

    link = await DatabaseLink.open(database.url, link.listeningPort);
    await api.waitUntil('that it is ready', () => isReady(api));
    await worker.waitUntil('that it is ready', () => isReady(worker));
    expect((await client.get('/v1/images')).status).toBe(200);
    await waitFor(() => api.stdout.includes('imgsrv bootstrap token: '), { what: 'a bootstrap token' });
  });

  it.each(['api', 'worker'] as const)('that refuses it later, the %s ends and says why', async (name) => {
    await link.close();
    const process = spawn(name);
    await process.waitUntilListening();
    // Gone meanwhile, so that no retry helps.
    await database.drop();
    link = await DatabaseLink.open(database.url, link.listeningPort);
    expect(await process.exited).toEqual({ code: 1, signal: null });
    expect(process.stderr).toContain('does not exist');
  });

  it.each(['api', 'worker'] as const)('that froze, the %s still ends when it is told to', async (name) => {
    const process = spawn(name, ['--shutdown-timeout', '500ms']);
    await process.waitUntilListening();
    await process.waitUntil('that it is ready', () => isReady(process));
    link.freeze();
    process.kill('SIGTERM');
    await waitFor(() => !process.isRunning, { timeoutMs: 30_000, what: `the ${name} to end` });
  });
});
