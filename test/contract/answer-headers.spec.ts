import { readFile } from 'node:fs/promises';
import { type ContractService, startContractService } from './contract-service.js';
import { type Answer, HttpClient } from '../support/http-client.js';
import { expectProblem } from './problem.js';
import { type PublishedVersion, publishVersion } from './published-version.js';
import { RawConnection } from './raw-connection.js';
import { type RunningService, startService } from '../support/service.js';
import { ServiceProcess } from '../support/service-process.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';

const ORIGIN = { origin: 'https://page.example' };
const METHODS = ['get', 'put', 'post', 'patch', 'delete'] as const;

interface Route {
  readonly method: string;
  readonly path: string;
}

let service: ContractService;
let version: PublishedVersion;
let routes: readonly Route[];

beforeAll(async () => {
  service = await startContractService();
  version = await publishVersion(service);
  const { json } = await service.anonymous.get('/openapi.json');
  const { paths } = json as { readonly paths: Record<string, Record<string, unknown>> };
  routes = Object.entries(paths).flatMap(([path, operations]) =>
    METHODS.filter((method) => method in operations).map((method) => ({
      method: method.toUpperCase(),
      path,
    })),
  );
}, 90_000);

afterAll(() => service.stop(), 60_000);

/** Values under which much is found; a route that finds nothing answers with a problem. */
function filled(path: string): string {
  const [, artifactId = ''] = /artifacts\/([^/]+)/.exec(version.artifactPath) ?? [];
  const [, attachmentId = ''] = /attachments\/([^/]+)/.exec(version.attachmentPath) ?? [];
  const known: Readonly<Record<string, string>> = {
    name: version.image,
    version: '1.0',
    ref: '1.0',
    artifact_id: artifactId,
    attachment_id: attachmentId,
    digest: version.artifact.digest,
  };
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => known[name] ?? '1');
}

function expectProtected({ headers }: Answer): void {
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'content-security-policy': expect.stringContaining("frame-ancestors 'none'") as string,
    'cache-control': expect.any(String) as string,
  });
}

it('every route protects its answers, whoever asks and whatever comes of it', async () => {
  expect(routes.length).toBeGreaterThan(40);
  for (const { method, path } of routes) {
    for (const client of [
      service.anonymous,
      service.manager,
      new HttpClient(service.anonymous.baseUrl, 'x'),
    ]) {
      // Nothing is changed by a body that is no JSON.
      const body = method === 'GET' || method === 'DELETE' ? {} : { body: '?' };
      const answer = await client.send(method === 'DELETE' ? 'OPTIONS' : method, filled(path), body);
      expect({ method, path, ...answer.headers }).toMatchObject({ 'x-content-type-options': 'nosniff' });
      expectProtected(answer);
    }
  }
}, 60_000);

it.each([
  '/docs',
  '/docs/swagger-ui.css',
  '/openapi.json',
  '/openapi.yaml',
  '/healthz',
  '/no/such/path',
  '/%zz',
])('so does %s', async (path) => {
  expectProtected(await service.anonymous.get(path));
});

it('and what is refused below HTTP', async () => {
  const connection = await RawConnection.open(service.running.baseUrl);
  connection.write('no http at all\r\n\r\n');
  const answer = await connection.answer();
  expectProtected(answer);
  expectProblem(answer, 400, 'invalid-request');
});

it('and the listener of the metrics, which answers with problems', async () => {
  const [api] = service.running.apis;
  const { origin, pathname } = new URL(api?.metricsUrl ?? '');
  const metrics = new HttpClient(origin);
  expectProtected(await metrics.get(pathname));
  const answer = await metrics.get('/');
  expectProtected(answer);
  expectProblem(answer, 404, 'not-found');
});

it('what depends on the caller is kept by no cache, and public bytes by all', async () => {
  const { writer, anonymous } = service;
  const cacheControl = async (client: HttpClient, path: string) =>
    (await client.get(path)).headers['cache-control'];
  for (const path of [
    `/v1/images/${version.image}`,
    `/v1/images/${version.image}/versions/2.0`,
    `/v1/blobs/${version.draftBlob.digest}`,
    '/v1/auth/whoami',
  ]) {
    expect([path, await cacheControl(writer, path)]).toEqual([path, 'private, no-store']);
  }
  expect(await cacheControl(anonymous, version.artifactPath)).toBe('public, max-age=31536000, immutable');
  expect(await cacheControl(anonymous, '/streams/v1/index.json')).toBe('public, max-age=60');
});

describe('web pages of other origins', () => {
  it('may read whatever anybody may', async () => {
    const reads = [
      '/v1/images',
      `/v1/images/${version.image}/refs/1.0`,
      `/v1/blobs/${version.artifact.digest}`,
      version.artifactPath,
      '/streams/v1/images.json',
      '/v1/images/no-such-image',
    ];
    for (const path of reads) {
      const { headers } = await service.anonymous.get(path, ORIGIN);
      expect([path, headers['access-control-allow-origin']]).toEqual([path, '*']);
      expect(headers['access-control-expose-headers']?.split(',')).toEqual(
        expect.arrayContaining(['ETag', 'Content-Range', 'Content-Length', 'Link']),
      );
      expect(headers['access-control-allow-credentials']).toBeUndefined();
      const preflight = await service.anonymous.send('OPTIONS', path, {
        headers: {
          ...ORIGIN,
          'access-control-request-method': 'GET',
          'access-control-request-headers': 'range',
        },
      });
      expect([path, preflight.status, preflight.headers['access-control-allow-methods']]).toEqual([
        path,
        204,
        'GET,HEAD',
      ]);
      expect(preflight.headers['access-control-allow-headers']).toMatch(/Range/);
      expect(preflight.headers['access-control-allow-headers']).not.toMatch(/Authorization/i);
      expect(preflight.headers['access-control-allow-credentials']).toBeUndefined();
    }
  });

  it.each([
    ['GET', '/v1/auth/whoami'],
    ['POST', '/v1/images'],
    ['PUT', '/v1/images/x/aliases/latest'],
    ['GET', '/v1/uploads/1'],
    ['GET', '/no/such/path'],
  ])('may neither send %s %s nor read its answer', async (method, path) => {
    const preflight = await service.anonymous.send('OPTIONS', path, {
      headers: { ...ORIGIN, 'access-control-request-method': method },
    });
    expect(preflight.status).toBeGreaterThanOrEqual(404);
    const answer = await service.anonymous.send(method, path, { headers: ORIGIN });
    for (const { headers } of [preflight, answer]) {
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
  });
});

describe('over its own TLS', () => {
  let running: RunningService;
  beforeAll(async () => {
    running = await startService({ workers: 0, tls: true });
  }, 60_000);
  afterAll(() => running.stop(), 60_000);

  it('the service asks browsers to stay with https', async () => {
    const ca = await readFile(running.certificateFile ?? '', 'utf8');
    const secure = await new HttpClient(running.baseUrl, undefined, ca).get('/v1/images');
    expectProtected(secure);
    expect(secure.headers['strict-transport-security']).toMatch(/^max-age=\d{7,}$/);
    expect((await service.anonymous.get('/v1/images')).headers['strict-transport-security']).toBeUndefined();
  });
});

describe('the health of a worker', () => {
  let worker: ServiceProcess;
  let client: HttpClient;

  beforeAll(async () => {
    const { path } = await createTemporaryFolder('store');
    // Port 1 is not listened on.
    const flags = ['--postgres-url', 'postgres://imgsrv:secret@127.0.0.1:1/imgsrv', '--storage-dir', path];
    worker = ServiceProcess.spawn(
      'worker',
      ['--listen', '127.0.0.1:0', '--metrics-listen', '', ...flags],
      {},
    );
    await worker.waitUntilListening();
    client = new HttpClient(worker.url);
  }, 60_000);
  afterAll(async () => {
    worker.kill('SIGKILL');
    await worker.exited;
  });

  it('answers like the api: 204, or a problem that says what is missing', async () => {
    const healthy = await client.get('/healthz');
    expect(healthy.status).toBe(204);
    expectProtected(healthy);
    const answer = await client.get('/readyz');
    expect(expectProblem(answer, 503, 'not-ready').detail).toMatch(/postgres/);
    expect(answer.headers['retry-after']).toMatch(/^\d+$/);
    expectProtected(answer);
  });

  it('answers other requests with problems', async () => {
    expectProblem(await client.get('/v1/images'), 404, 'not-found');
    const wrongMethod = await client.post('/readyz', {});
    expectProblem(wrongMethod, 405, 'method-not-allowed');
    expect(wrongMethod.headers.allow).toBe('GET, HEAD');
    expectProblem(await client.get('/%zz'), 404, 'not-found');
  });
});
