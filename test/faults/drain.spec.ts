import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { PublisherClient } from '../fixtures/publisher-client.js';
import { executeSql } from '../support/execute-sql.js';
import { HttpClient } from '../support/http-client.js';
import { RawConnection } from '../contract/raw-connection.js';
import { digestOf } from '../contract/upload-steps.js';
import { type RunningService, startService } from '../support/service.js';
import type { ServiceProcess } from '../support/service-process.js';
import { waitFor } from '../support/wait-for.js';
import { filesIn } from './store-files.js';

/** Long enough that nothing below can happen only after it, unless it is waited for. */
const LONG = ['--drain-delay', '20s'];
const SHORT = ['--drain-delay', '1s'];

jest.setTimeout(60_000);

async function isRefused(client: HttpClient): Promise<boolean> {
  return client.get('/healthz').then(
    () => false,
    () => true,
  );
}

async function drains(client: HttpClient): Promise<void> {
  await waitFor(async () => (await client.get('/readyz')).status === 503, { what: 'it to be not ready' });
}

describe('a process that is told to end with a drain delay', () => {
  let service: RunningService;
  let started: ServiceProcess[];

  beforeAll(async () => {
    service = await startService();
  });
  beforeEach(() => {
    started = [];
  });
  afterEach(async () => {
    for (const process of started) {
      process.kill('SIGKILL');
      await process.exited;
    }
  });
  afterAll(() => service.stop());

  async function start(name: 'api' | 'worker', flags: readonly string[]): Promise<ServiceProcess> {
    const process =
      name === 'api'
        ? await service.startApi(flags)
        : await service.startWorker(['--listen', '127.0.0.1:0', ...flags]);
    started.push(process);
    return process;
  }

  it.each(['api', 'worker'] as const)(
    'is not ready, and accepts connections all the same: %s',
    async (name) => {
      const process = await start(name, LONG);
      const client = new HttpClient(process.url);
      await waitFor(async () => (await client.get('/readyz')).status === 204);
      process.kill('SIGTERM');
      await drains(client);
      for (const path of ['/healthz', '/readyz', '/nowhere']) {
        expect((await client.get(path)).headers.connection).toBe('close');
      }
      expect((await client.get('/healthz')).status).toBe(204);
      expect(process.isRunning).toBe(true);
    },
  );

  it.each(['api', 'worker'] as const)('ends after the delay: %s', async (name) => {
    const process = await start(name, SHORT);
    const client = new HttpClient(process.url);
    process.kill('SIGTERM');
    await drains(client);
    await waitFor(() => isRefused(client), { what: 'it to accept no more' });
    expect(await process.exited).toEqual({ code: 0, signal: null });
  });

  it.each([
    { name: 'api', signal: 'SIGINT' },
    { name: 'worker', signal: 'SIGINT' },
  ] as const)('does not wait at Ctrl-C: $name', async ({ name, signal }) => {
    const process = await start(name, LONG);
    const beganAtMs = performance.now();
    process.kill(signal);
    expect(await process.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - beganAtMs).toBeLessThan(10_000);
  });

  it('serves everything meanwhile, and lets go of each connection with an answer', async () => {
    const api = await start('api', LONG);
    const client = new HttpClient(api.url, service.bootstrapToken);
    const idle = await RawConnection.open(api.url);
    idle.request('GET /healthz');
    expect((await idle.answer()).headers.connection).not.toBe('close');
    api.kill('SIGTERM');
    await drains(client);
    expect(await client.get('/v1/auth/whoami')).toMatchObject({ status: 200 });
    expect(await client.post('/v1/images', { name: 'refused' })).toMatchObject({ status: 403 });
    expect(idle.isClosed).toBe(false);
    idle.request('GET /v1/images');
    expect(await idle.answer()).toMatchObject({ status: 200, headers: { connection: 'close' } });
    await idle.closed();
  });

  it('asks for an end of the connection in an answer that was waited for before', async () => {
    const api = await start('api', LONG);
    const client = new HttpClient(api.url);
    const connection = await RawConnection.open(api.url);
    const body = JSON.stringify({ name: 'image' });
    connection.request('POST /v1/images', [
      `Authorization: Bearer ${service.bootstrapToken}`,
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
    ]);
    await waitFor(async () => (await client.get('/readyz')).status === 204);
    api.kill('SIGTERM');
    await drains(client);
    connection.write(body);
    expect((await connection.answer()).status).toBe(403);
  });

  /** Begins an upload of one request, of which half is sent. */
  async function halfAnUpload(api: ServiceProcess): Promise<{ connection: RawConnection; bytes: Buffer }> {
    const bytes = randomBytes(100_000);
    const { plaintext } = await writer();
    const connection = await RawConnection.open(api.url);
    connection.request(`PUT /v1/blobs/${digestOf(bytes)}`, [
      `Authorization: Bearer ${plaintext}`,
      `Content-Length: ${bytes.length}`,
    ]);
    connection.write(bytes.subarray(0, 50_000));
    await waitFor(async () => (await uploadStates(bytes)).length > 0, { what: 'the upload to begin' });
    return { connection, bytes };
  }

  async function writer(): Promise<{ plaintext: string }> {
    const publisher = await PublisherClient.enroll({ baseUrl: service.baseUrl }, service.bootstrapToken);
    return { plaintext: publisher.token };
  }

  async function uploadStates(bytes: Buffer): Promise<readonly string[]> {
    const rows = await executeSql<{ state: string }>(
      service.databaseUrl,
      'SELECT state FROM upload_sessions WHERE expected_digest = $1',
      [digestOf(bytes)],
    );
    return rows.map(({ state }) => state);
  }

  it('takes an upload of one request to its end', async () => {
    const api = await start('api', ['--shutdown-timeout', '20s']);
    const { connection, bytes } = await halfAnUpload(api);
    api.kill('SIGTERM');
    await waitFor(() => isRefused(new HttpClient(api.url)), { what: 'it to accept no more' });
    connection.write(bytes.subarray(50_000));
    expect(await connection.answer()).toMatchObject({ status: 201, headers: { connection: 'close' } });
    expect(await api.exited).toEqual({ code: 0, signal: null });
    expect(await uploadStates(bytes)).toEqual(['ready']);
  });

  it('breaks an upload of one request that does not end in time, and gives it up', async () => {
    const api = await start('api', ['--shutdown-timeout', '2s']);
    const { connection, bytes } = await halfAnUpload(api);
    api.kill('SIGTERM');
    await connection.closed();
    expect(connection.text).not.toContain('HTTP/1.1 20');
    await api.exited;
    expect(await uploadStates(bytes)).toEqual(['aborted']);
    const hex = digestOf(bytes).slice('sha256:'.length);
    await waitFor(
      async () =>
        !(await filesIn(service.storageDir)).some(
          ({ path, sizeBytes }) => sizeBytes > 0 && path.includes(hex),
        ),
      { what: 'its bytes to be removed' },
    );
  });

  it('is not kept by connections that bring nothing', async () => {
    const api = await start('api', ['--shutdown-timeout', '20s']);
    const connections = await Promise.all(Array.from({ length: 3 }, () => RawConnection.open(api.url)));
    const beganAtMs = performance.now();
    api.kill('SIGTERM');
    expect(await api.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - beganAtMs).toBeLessThan(10_000);
    await Promise.all(connections.map((connection) => connection.closed()));
  });

  it('ends at once at a second signal', async () => {
    const api = await start('api', LONG);
    const client = new HttpClient(api.url);
    api.kill('SIGTERM');
    await drains(client);
    api.kill('SIGTERM');
    expect(await api.exited).toEqual({ code: 1, signal: null });
  });
});

it('an https api drains just the same', async () => {
  const service = await startService({ tls: true, workers: 0, flags: SHORT });
  try {
    const [api] = service.apis;
    const ca = await readFile(service.certificateFile ?? '', 'utf8');
    const client = new HttpClient(service.baseUrl, undefined, ca);
    expect((await client.get('/readyz')).status).toBe(204);
    const silent = await RawConnection.open(service.baseUrl);
    api?.kill('SIGTERM');
    await drains(client);
    expect(await client.get('/v1/images')).toMatchObject({ status: 200, headers: { connection: 'close' } });
    silent.cut();
    expect(await api?.exited).toEqual({ code: 0, signal: null });
  } finally {
    await service.stop();
  }
});
