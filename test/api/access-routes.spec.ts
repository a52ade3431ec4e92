import { type RoleId } from '@imgsrv/auth';
import request, { type Response, type Test } from 'supertest';
import { type AccessRule } from '../../apps/api/src/access/access.decorator.js';
import { STYLESHEET } from '../../apps/api/src/page/assets/page-assets.js';
import { type DeclaredRoute, DeclaredRoutes } from '../../apps/api/src/access/declared-routes.js';
import { startTestApi, type TestApi } from './auth-api.js';
import { type AuthDatabase, HOUR_MS, startAuthDatabase } from './auth-database.js';

/** Served by the OpenAPI module beside the controllers; whoever may read the documentation may read these. */
const DOCUMENTATION = /^GET \/(docs|openapi\.json|openapi\.yaml)(\/|$)/;
/** Where a token is presented in another way, and nothing else can succeed; test/page/attacks.spec.ts tries it. */
const SIGN_IN = 'POST /sign-in';
const UUID = '5e2b4a0c-5d0f-4f4e-9f1e-0d2f3a4b5c6d';
const UNKNOWN_TOKEN = 'imgsrv_at_0123456789ABCDEF_abcdefghijklmnopqrstuvwxyz01232u6THS';

const ALL: RoleId[] = ['auth-manager', 'content-writer', 'storage-manager'];

/** A value for every path parameter that a route may have. */
const PARAMETERS: Readonly<Record<string, string>> = {
  channel: 'stable',
  alias: 'latest',
  asset: STYLESHEET.name,
  digest: `sha256:${'0'.repeat(64)}`,
  file_name: 'disk.qcow2',
  hex: '0'.repeat(64),
  name: 'no-such-image',
  part_number: '1',
  ref: 'latest',
  role_id: 'content-writer',
  version: '1.0',
};

let auth: AuthDatabase;
let server: TestApi;
let routes: readonly DeclaredRoute[];

beforeAll(async () => {
  auth = await startAuthDatabase();
  server = await startTestApi(auth.url);
  routes = server.api.app.get(DeclaredRoutes, { strict: false }).list();
  await auth.holder(['auth-manager']);
});
afterAll(async () => {
  await server.close();
  await auth.close();
});

it('finds every route that express serves, and nothing else is served', () => {
  const declared = new Set(routes.map(({ method, path }) => `${method} ${path}`));
  const served = servedRoutes(server.api.app.getHttpAdapter().getInstance()).filter(
    (route) => !DOCUMENTATION.test(route),
  );
  expect(declared.size).toBeGreaterThan(10);
  expect(served.filter((route) => !declared.has(route))).toEqual([]);
  expect([...declared].filter((route) => !served.includes(route))).toEqual([]);
});

it('has an access rule for every route', () => {
  expect(routes.filter(({ rule }) => rule === undefined)).toEqual([]);
});

it('has a value for every path parameter, so that each route is really tried', () => {
  const parameters = routes.flatMap(({ path }) => [...path.matchAll(/:(\w+)/g)].map(([, name]) => name));
  expect(parameters.filter((name) => name === undefined || valueOf(name) === undefined)).toEqual([]);
});

describe('without a credential', () => {
  it('a route answers 401 and asks for a bearer token, unless it is for everybody', async () => {
    expect(
      await unlike(
        (test) => test,
        (rule, response) => (isForAll(rule) ? isLetIn(response) : isChallenged(response, 'Bearer')),
      ),
    ).toEqual([]);
  });

  it('a route looks for it nowhere but in the Authorization header', async () => {
    const { issued } = await auth.holder(['auth-manager', 'content-writer']);
    expect(
      await unlike(
        (test) =>
          test.query({ access_token: issued.plaintext }).set('Cookie', `access_token=${issued.plaintext}`),
        (rule, response) =>
          isForAll(rule)
            ? response.status !== 401 && response.status !== 403
            : isChallenged(response, 'Bearer'),
      ),
    ).toEqual([]);
  });

  it.each(['Basic dXNlcjpwYXNz', 'Bearer', `Bearer ${UNKNOWN_TOKEN}`])(
    'a valid token in the query does not help the header %j',
    async (header) => {
      const response = await request(server.url)
        .get('/v1/auth/whoami')
        .query({ access_token: await validToken() })
        .set('Authorization', header);
      expect(response.status).toBe(401);
    },
  );

  it('a route does not say whether the ids in its path are well formed', async () => {
    const closed = routes.filter(({ rule }) => rule !== undefined && !isForAll(rule));
    expect(
      await unlike(
        (test) => test,
        (_rule, response) => isChallenged(response, 'Bearer'),
        closed.map((route) => ({ ...route, path: route.path.replaceAll(/:\w+/g, '%21%21') })),
      ),
    ).toEqual([]);
  });
});

describe('a bad credential is a 401 on every route that looks at it, also where nobody needs one:', () => {
  it.each<[string, () => Promise<string | string[]>]>([
    ['a token that was never issued', () => Promise.resolve(`Bearer ${UNKNOWN_TOKEN}`)],
    [
      'a token with a broken checksum',
      async () => `Bearer ${broken((await auth.holder(ALL)).issued.plaintext)}`,
    ],
    ['an expired token', async () => `Bearer ${(await auth.holder(ALL, -HOUR_MS)).issued.plaintext}`],
    [
      'a revoked token',
      async () => {
        const { issued } = await auth.holder(ALL);
        await auth.tokens.revoke(issued.token.id);
        return `Bearer ${issued.plaintext}`;
      },
    ],
    [
      'a token of a disabled principal',
      async () => {
        const { principal, issued } = await auth.holder(ALL);
        await auth.principals.update(principal.id, { disabled: true });
        return `Bearer ${issued.plaintext}`;
      },
    ],
    [
      'a token of a deleted principal',
      async () => {
        const { principal, issued } = await auth.holder(ALL);
        await auth.principals.delete(principal.id);
        return `Bearer ${issued.plaintext}`;
      },
    ],
    ['a scheme without a token', () => Promise.resolve('Bearer')],
    ['a valid token with something after it', async () => `Bearer ${await validToken()} x`],
    ['a valid token in a list', async () => `Bearer ${await validToken()}, Bearer ${await validToken()}`],
    ['a valid token without a scheme', () => validToken()],
    ['a valid token in another scheme', async () => `Token ${await validToken()}`],
    [
      'a valid token as the user of Basic',
      async () => `Basic ${Buffer.from(`${await validToken()}:`).toString('base64')}`,
    ],
    [
      'two headers with valid tokens',
      async () => [`Bearer ${await validToken()}`, `Bearer ${await validToken()}`],
    ],
    ['an empty header', () => Promise.resolve('')],
  ])('%s', async (_what, makeHeader) => {
    const header = await makeHeader();
    expect(
      await unlike(
        (test) => withAuthorization(test, header),
        (rule, response) =>
          rule === 'unchecked' ? isLetIn(response) : isChallenged(response, 'Bearer error="invalid_token"'),
      ),
    ).toEqual([]);
  });
});

describe('a valid token', () => {
  it.each(['bearer', 'BEARER', 'bEaReR', 'Bearer  '])('is found after the scheme %j', async (scheme) => {
    const response = await request(server.url)
      .get('/v1/auth/whoami')
      .set('Authorization', `${scheme} ${await validToken()}`);
    expect(response.status).toBe(200);
  });
});

function isForAll(rule: AccessRule): boolean {
  return rule === 'unchecked' || rule === 'anonymous';
}

async function validToken(): Promise<string> {
  return (await auth.holder(ALL)).issued.plaintext;
}

function broken(plaintext: string): string {
  return plaintext.slice(0, -1) + (plaintext.endsWith('0') ? '1' : '0');
}

/** Tries every route and names those whose answer is not as expected. */
async function unlike(
  prepare: (test: Test) => Test,
  isExpected: (rule: AccessRule, response: Response) => boolean,
  tried: readonly DeclaredRoute[] = routes,
): Promise<string[]> {
  const unexpected: string[] = [];
  for (const { method, path, rule, isPage } of tried) {
    if (`${method} ${path}` === SIGN_IN) continue;
    const agent = request(server.url);
    const test = agent[verb(method)](pathOf(path)).ok(() => true);
    // As a page's own forms come.
    if (isPage) void test.set('Sec-Fetch-Site', 'same-origin');
    const response = await prepare(test);
    if (rule === undefined || !isExpected(rule, response)) {
      unexpected.push(`${method} ${path} (${String(rule)}): ${response.status} ${response.text}`);
    }
  }
  return unexpected;
}

function withAuthorization(test: Test, header: string | string[]): Test {
  return test.set({ Authorization: header } as unknown as Record<string, string>);
}

function isLetIn(response: Response): boolean {
  return response.status !== 401 && response.status !== 403 && response.status !== 500;
}

function isChallenged(response: Response, challenge: string): boolean {
  return isProblem(response, 401, 'unauthenticated') && response.headers['www-authenticate'] === challenge;
}

/** An answer to HEAD has the headers of the problem, but not the problem. */
function isProblem(response: Response, status: number, code: string): boolean {
  const { type } = JSON.parse(response.text === '' ? '{}' : response.text) as { readonly type?: string };
  return (
    response.status === status &&
    response.headers['content-type'] === 'application/problem+json' &&
    (type === `urn:imgsrv:problem:${code}` || (type === undefined && response.text === ''))
  );
}

function pathOf(path: string): string {
  return path.replaceAll(/:(\w+)/g, (_placeholder, name: string) => valueOf(name) ?? '');
}

function valueOf(parameter: string): string | undefined {
  return PARAMETERS[parameter] ?? (parameter.endsWith('_id') ? UUID : undefined);
}

function verb(method: string): 'get' | 'post' | 'put' | 'patch' | 'delete' | 'head' {
  switch (method) {
    case 'GET':
      return 'get';
    case 'POST':
      return 'post';
    case 'PUT':
      return 'put';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return 'delete';
    case 'HEAD':
      return 'head';
    default:
      throw new Error(`no way to try ${method}`);
  }
}

interface ExpressRouter {
  readonly router: {
    readonly stack: readonly {
      readonly route?: { readonly path: string; readonly stack: readonly { readonly method?: string }[] };
    }[];
  };
}

/** What express itself would serve: the truth that the declarations are compared with. */
function servedRoutes(express: ExpressRouter): string[] {
  const served = express.router.stack.flatMap(({ route }) =>
    (route?.stack ?? []).map(({ method }) => `${(method ?? 'all').toUpperCase()} ${route?.path ?? ''}`),
  );
  return [...new Set(served)];
}
