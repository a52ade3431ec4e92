import { readFile, rename } from 'node:fs/promises';
import { ServiceProcess } from '../support/service-process.js';
import { type RunningService, startService } from '../support/service.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';
import { HttpClient } from '../support/http-client.js';
import { expectProblem } from './problem.js';
import { RawConnection } from './raw-connection.js';

const SHAPELY_TOKEN = 'imgsrv_at_0123456789ABCDEF_abcdefghijklmnopqrstuvwxyz01232u6THS';
const OPERATIONAL = ['/healthz', '/openapi.json', '/openapi.yaml', '/docs', '/docs/swagger-ui.css'];
const OTHERS = [
  ['GET', '/v1/images'],
  ['POST', '/v1/images'],
  ['GET', '/v1/images/-'],
  ['POST', '/v1/uploads'],
  ['GET', '/v1/auth/whoami'],
  ['GET', `/v1/blobs/sha256:${'0'.repeat(64)}`],
  ['GET', '/streams/v1/index.json'],
  ['GET', '/no/such/path'],
  ['PUT', '/v1/images'],
] as const;

async function isServed(client: HttpClient): Promise<void> {
  for (const path of OPERATIONAL) {
    const { status } = await client.get(path);
    expect({ path, status }).toEqual({ path, status: path === '/healthz' ? 204 : 200 });
  }
}

describe('an api without a database and a store', () => {
  let api: ServiceProcess;
  let client: HttpClient;

  beforeAll(async () => {
    api = ServiceProcess.spawn('api', ['--listen', '127.0.0.1:0', '--metrics-listen', ''], {});
    await api.waitUntilListening();
    client = new HttpClient(api.url, SHAPELY_TOKEN);
  }, 60_000);

  afterAll(async () => {
    api.kill('SIGKILL');
    await api.exited;
  });

  it('serves its health and documentation', () => isServed(new HttpClient(api.url)));

  it('is not ready, and says what it lacks', async () => {
    const anonymous = new HttpClient(api.url);
    await waitFor(async () => (await anonymous.get('/readyz')).bytes.includes('postgres check'), {
      what: 'readiness to name the check that fails',
    });
    const answer = await anonymous.get('/readyz');
    expectProblem(answer, 503, 'not-ready');
    expect(answer.headers['retry-after']).toMatch(/^\d+$/);
  });

  it.each(OTHERS)('answers %s %s with a 503', async (method, path) => {
    for (const caller of [client, new HttpClient(api.url)]) {
      const answer = await caller.send(method, path);
      expectProblem(answer, 503, 'dependency-unavailable');
      expect(answer.headers['retry-after']).toMatch(/^\d+$/);
    }
  });

  it('prints no token and needs no metrics listener', () => {
    expect(api.stdout).toBe('');
    expect(() => api.metricsUrl).toThrow('serves no metrics');
  });

  it('stops when it is told to', async () => {
    api.kill('SIGTERM');
    expect(await api.exited).toEqual({ code: 0, signal: null });
  });
});

describe('an api whose database does not answer', () => {
  let api: ServiceProcess;
  let client: HttpClient;

  beforeAll(async () => {
    const { path } = await createTemporaryFolder('store');
    // Port 1 is not listened on.
    const flags = ['--postgres-url', 'postgres://imgsrv:secret@127.0.0.1:1/imgsrv', '--storage-dir', path];
    api = ServiceProcess.spawn('api', ['--listen', '127.0.0.1:0', '--metrics-listen', '', ...flags], {});
    await api.waitUntilListening();
    client = new HttpClient(api.url, SHAPELY_TOKEN);
  }, 60_000);

  afterAll(async () => {
    api.kill('SIGKILL');
    await api.exited;
  });

  it('serves its health and documentation', () => isServed(new HttpClient(api.url)));

  it('is not ready, and says what it lacks', async () => {
    const answer = await new HttpClient(api.url).get('/readyz?verbose');
    const { detail } = expectProblem(answer, 503, 'not-ready');
    expect(answer.json).toMatchObject({ checks: [{ name: 'postgres', passes: false, required: true }, {}] });
    expect(detail).toMatch(/postgres/);
    expect(detail).not.toMatch(/127\.0\.0\.1|secret/);
  });

  it('cannot say whether a token is good', async () => {
    const answer = await client.get('/v1/auth/whoami');
    expectProblem(answer, 503, 'dependency-unavailable');
    expect(answer.headers['retry-after']).toMatch(/^\d+$/);
    expectProblem(await new HttpClient(api.url, 'x').get('/v1/auth/whoami'), 401, 'unauthenticated');
    expectProblem(await new HttpClient(api.url).get('/v1/images'), 503, 'dependency-unavailable');
    expectProblem(await new HttpClient(api.url).get('/v1/images/-'), 400, 'invalid-request');
    expect(api.stderr).not.toContain('secret');
  });

  it('stops when it is told to', async () => {
    api.kill('SIGTERM');
    expect(await api.exited).toEqual({ code: 0, signal: null });
  });
});

describe('a running service', () => {
  let service: RunningService;
  let client: HttpClient;

  beforeAll(async () => {
    service = await startService({ workers: 0, tls: true });
    client = new HttpClient(
      service.baseUrl,
      undefined,
      await readFile(service.certificateFile ?? '', 'utf8'),
    );
  }, 60_000);

  afterAll(() => service.stop(), 60_000);

  it('is healthy and ready without a word', async () => {
    for (const path of ['/healthz', '/readyz']) {
      const answer = await client.get(path);
      expect(answer).toMatchObject({
        status: 204,
        headers: { 'x-request-id': expect.any(String) as string },
      });
      expect(answer.bytes).toHaveLength(0);
    }
  });

  it('shows that its store is away, and is ready all the same for what needs no bytes', async () => {
    const { storageDir } = service;
    const checks = async () => (await client.get('/readyz?verbose')).json;
    expect(await checks()).toEqual({
      checks: [
        { name: 'postgres', passes: true, required: true },
        { name: 'object store', passes: true, required: false },
      ],
    });
    await rename(storageDir, `${storageDir}-away`);
    await waitFor(async () => JSON.stringify(await checks()).includes('"passes":false'), {
      what: 'the check of the store to fail',
    });
    expect(await checks()).toMatchObject({
      checks: [
        { name: 'postgres', passes: true },
        { name: 'object store', passes: false, required: false, reason: expect.any(String) as string },
      ],
    });
    for (const path of ['/readyz', '/healthz']) {
      expect((await client.get(path)).status).toBe(204);
    }
    expect((await client.get('/streams/v1/images.json')).status).toBe(200);
    await rename(`${storageDir}-away`, storageDir);
    await waitFor(async () => !JSON.stringify(await checks()).includes('"passes":false'), {
      what: 'the check of the store to pass again',
    });
  });

  it('has its metrics on another port only', async () => {
    const [api] = service.apis;
    const metrics = new URL(api?.metricsUrl ?? '');
    const answer = await new HttpClient(metrics.origin).get(metrics.pathname);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toMatch(/^text\/plain/);
    expectProblem(await client.get(metrics.pathname), 404, 'not-found');
  });

  it.each(['GET / HTTP/1.1\r\nHost: x\r\n\r\n', 'G', '\r\n', '\0\0\0\0'])(
    'answers plain text on the TLS port at once with a 400: %j',
    async (text) => {
      const connection = await RawConnection.open(service.baseUrl);
      connection.write(text);
      const answer = await connection.answer();
      expect(answer).toMatchObject({ status: 400, headers: { 'content-type': 'application/problem+json' } });
      await connection.closed();
    },
  );

  it('survives a broken handshake', async () => {
    const connection = await RawConnection.open(service.baseUrl);
    connection.write(Buffer.from([0x16, 0x03, 0x01, 0x00, 0x05, 1, 2, 3, 4, 5]));
    await connection.closed();
    expect((await client.get('/healthz')).status).toBe(204);
  });
});
