import { DeclaredRoutes } from '../../apps/api/src/access/declared-routes.js';
import { PATH_PARAMETERS } from '../../apps/api/src/http/path-parameters.js';
import { startTestApi, type TestApi } from '../api/auth-api.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { type RunningService, startService } from '../support/service.js';
import { HttpClient } from '../support/http-client.js';
import { expectProblem } from './problem.js';

/** What is served beside the routes of controllers. */
const DOCUMENTATION = ['/docs', '/docs/swagger-ui.css', '/openapi.json', '/openapi.yaml'];

/** Spellings of a path that a proxy's rule for the path does not cover. */
const SPELLINGS: readonly (readonly [string, (path: string) => string])[] = [
  ['in upper case', (path) => path.toUpperCase()],
  ['with one capital', (path) => path.replace(/[a-z]/, (letter) => letter.toUpperCase())],
  ['with a slash at its end', (path) => `${path}/`],
  ['with two slashes at its end', (path) => `${path}//`],
  ['with two slashes at its begin', (path) => `/${path}`],
  ['with a slash at its end and a query', (path) => `${path}/?limit=1`],
  ['with a letter in percent-encoding', (path) => path.replace(/[a-z]/, (letter) => `%${hexOf(letter)}`)],
];

describe('the api', () => {
  let database: TestDatabase;
  let server: TestApi;
  let client: HttpClient;
  let routes: readonly (readonly [string, string])[];

  beforeAll(async () => {
    database = await createTestDatabase();
    server = await startTestApi(database.url);
    client = new HttpClient(server.url);
    routes = server.api.app
      .get(DeclaredRoutes, { strict: false })
      .list()
      // It has no other spelling but more slashes, which are tried below.
      .filter(({ path }) => path !== '/')
      .map(({ method, path }) => [method, exampleOf(path)] as const);
  }, 60_000);

  afterAll(async () => {
    await server.close();
    await database.drop();
  });

  it.each(SPELLINGS)('serves nothing under a path %s', async (_what, spell) => {
    expect(routes.length).toBeGreaterThan(40);
    for (const [method, path] of [...routes, ...DOCUMENTATION.map((path) => ['GET', path] as const)]) {
      const answer = await client.send(method, spell(path));
      expect({ method, path: spell(path), status: answer.status }).toMatchObject({ status: 404 });
      expectProblem(answer, 404, 'not-found');
    }
  });

  it.each(['//', '///', '//?q=1', '/%2F', '/.'])('serves nothing under %s', async (path) => {
    expectProblem(await client.get(path), 404, 'not-found');
  });

  it('takes an encoded slash for a part of the last name, and serves nothing', async () => {
    for (const [method, path] of routes) {
      const { status } = await client.send(method, `${path}%2F`);
      expect({ method, path, isServed: ![400, 401, 404, 405].includes(status) }).toEqual({
        method,
        path,
        isServed: false,
      });
    }
  });
});

describe('the other listeners', () => {
  let service: RunningService;

  beforeAll(async () => {
    service = await startService({ workers: 0 });
    await service.startWorker(['--listen', '127.0.0.1:0']);
  }, 60_000);

  afterAll(() => service.stop(), 60_000);

  it.each(SPELLINGS)('serve nothing under a path %s', async (_what, spell) => {
    const [worker] = service.workers;
    const [api] = service.apis;
    for (const address of [`${worker?.url ?? ''}/healthz`, worker?.metricsUrl, api?.metricsUrl]) {
      const { origin, pathname } = new URL(address ?? '');
      const client = new HttpClient(origin);
      expect((await client.get(pathname)).status).toBeLessThan(300);
      expect({ path: spell(pathname), status: (await client.get(spell(pathname))).status }).toEqual({
        path: spell(pathname),
        status: 404,
      });
    }
  });
});

function exampleOf(path: string): string {
  return path.replaceAll(
    /:(\w+)/g,
    (_colon, name: keyof typeof PATH_PARAMETERS) => PATH_PARAMETERS[name].example,
  );
}

function hexOf(letter: string): string {
  return letter.charCodeAt(0).toString(16);
}
