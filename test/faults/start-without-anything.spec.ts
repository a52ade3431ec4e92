import { HttpClient } from '../support/http-client.js';
import { someBytes, upload } from '../contract/upload-steps.js';
import { PublisherClient } from '../fixtures/publisher-client.js';
import { describeWith } from '../fixtures/requirement.js';
import { DatabaseLink } from '../support/database-link.js';
import { freePort } from '../support/free-port.js';
import { createEmptyDatabase, type TestDatabase } from '../support/postgres.js';
import { s3ServiceOf, s3Settings } from '../support/s3-service.js';
import { ServiceProcess } from '../support/service-process.js';
import type { ServiceProcessName } from '../support/service-programs.js';
import { waitFor } from '../support/wait-for.js';
import { killNow } from './workers.js';

type Dependency = 'postgres' | 'object store';

jest.setTimeout(120_000);

describeWith('s3', 'processes that start before everything else', () => {
  let database: TestDatabase;
  let links: Record<Dependency, DatabaseLink>;
  let processes: ServiceProcess[];

  beforeEach(async () => {
    database = await createEmptyDatabase();
    links = {
      postgres: await DatabaseLink.open(database.url, await freePort()),
      'object store': await DatabaseLink.open(
        `http://${s3ServiceOf(process.env).endpoint}`,
        await freePort(),
      ),
    };
    await Promise.all([links.postgres.close(), links['object store'].close()]);
    processes = [];
  });

  afterEach(async () => {
    await Promise.all(processes.map(killNow));
    await Promise.all(Object.values(links).map((link) => link.close().catch(() => undefined)));
    await database.drop();
  });

  async function spawn(name: ServiceProcessName): Promise<ServiceProcess> {
    const settings = {
      ...s3Settings({
        ...s3ServiceOf(process.env),
        endpoint: `127.0.0.1:${links['object store'].listeningPort}`,
      }),
      IMGSRV_POSTGRES_URL: links.postgres.url,
    };
    const flags = ['--listen', '127.0.0.1:0', '--metrics-listen', '', '--log-format', 'json'];
    const spawned = ServiceProcess.spawn(name, flags, settings);
    processes.push(spawned);
    await spawned.waitUntilListening();
    return spawned;
  }

  async function bringBack(dependency: Dependency): Promise<void> {
    const { listeningPort } = links[dependency];
    const target = dependency === 'postgres' ? database.url : `http://${s3ServiceOf(process.env).endpoint}`;
    links[dependency] = await DatabaseLink.open(target, listeningPort);
  }

  async function lacks({ url }: ServiceProcess, dependency: Dependency): Promise<void> {
    const client = new HttpClient(url);
    await waitFor(async () => (await client.get('/readyz')).bytes.includes(`The ${dependency} check`), {
      what: `readiness to name the ${dependency}`,
    });
    expect((await client.get('/readyz')).status).toBe(503);
    expect((await client.get('/healthz')).status).toBe(204);
  }

  it.each<[Dependency, Dependency]>([
    ['postgres', 'object store'],
    ['object store', 'postgres'],
  ])('wait for both, and work once the %s and then the %s are there', async (first, second) => {
    const [api, worker] = await Promise.all([spawn('api'), spawn('worker')]);
    for (const process of [api, worker]) {
      await lacks(process, 'postgres');
    }
    await bringBack(first);
    for (const process of [api, worker]) {
      await lacks(process, second);
    }
    await bringBack(second);
    for (const process of [api, worker]) {
      const client = new HttpClient(process.url);
      await process.waitUntil('that it is ready', async () => (await client.get('/readyz')).status === 204);
    }
    const token = await waitFor(() => /^imgsrv bootstrap token: (\S+)$/m.exec(api.stdout)?.[1]);
    const { token: writer } = await PublisherClient.enroll({ baseUrl: api.url }, token);
    expect(await upload(new HttpClient(api.url, writer), someBytes())).toMatchObject({ state: 'ready' });
  });
});
