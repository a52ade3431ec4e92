import { randomUUID } from 'node:crypto';
import { DeclaredRoutes } from '../../apps/api/src/access/declared-routes.js';
import { PATH_PARAMETERS } from '../../apps/api/src/http/path-parameters.js';
import { formTokenOf } from '../../apps/api/src/page/session/form-token.js';
import { startTestApi, type TestApi } from '../api/auth-api.js';
import { type AuthDatabase, startAuthDatabase } from '../api/auth-database.js';
import { StreamsCatalog } from '../api/streams-catalog.js';
import { type Answer, HttpClient } from '../support/http-client.js';
import { waitFor } from '../support/wait-for.js';

const EVERY_ROLE = ['auth-manager', 'content-writer', 'content-admin', 'storage-manager'] as const;
const COOKIE = 'imgsrv-session';
const UNKNOWN = 'imgsrv_at_0123456789ABCDEF_abcdefghijklmnopqrstuvwxyz01232u6THS';

let auth: AuthDatabase;
let server: TestApi;
let client: HttpClient;
let token: string;
/** The routes of every form. */
let forms: readonly string[];
let pages: readonly string[];

beforeAll(async () => {
  auth = await startAuthDatabase();
  server = await startTestApi(auth.url);
  client = new HttpClient(server.url);
  token = (await auth.holder(EVERY_ROLE)).issued.plaintext;
  await new StreamsCatalog(auth.database).publishNew('debian', '13.1');
  const routes = server.api.app
    .get(DeclaredRoutes, { strict: false })
    .list()
    .filter(({ isPage }) => isPage);
  forms = routes.filter(({ method }) => method === 'POST').map(({ path }) => exampleOf(path));
  pages = routes.filter(({ method }) => method === 'GET').map(({ path }) => exampleOf(path));
}, 60_000);

afterAll(async () => {
  await server.close();
  await auth.close();
});

function exampleOf(path: string): string {
  return path.replaceAll(/:(\w+)/g, (_colon, name: keyof typeof PATH_PARAMETERS) =>
    name === 'name' ? 'debian' : PATH_PARAMETERS[name].example,
  );
}

interface Sent {
  readonly session?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly fields?: Readonly<Record<string, string>>;
}

function submit(path: string, { session, headers = {}, fields = {} }: Sent, to = client): Promise<Answer> {
  return to.send('POST', path, {
    body: new URLSearchParams(fields).toString(),
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(session === undefined ? {} : { cookie: `${COOKIE}=${session}` }),
      ...headers,
    },
  });
}

const OWN = { 'sec-fetch-site': 'same-origin' };

function isForged({ status, members }: Answer): boolean {
  return status === 403 && members.type === 'urn:imgsrv:problem:forged-form';
}

describe('a form', () => {
  it.each<[string, (session: string) => Sent]>([
    [
      'of another site',
      () => ({ headers: { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' } }),
    ],
    ['of a neighbour', () => ({ headers: { 'sec-fetch-site': 'same-site' } })],
    ['of nobody knows where', () => ({})],
    ['of a page without an origin', () => ({ headers: { origin: 'null' } })],
    ['that lies about the origin', () => ({ headers: { ...OWN, origin: 'https://evil.example' } })],
  ])('%s is refused by every route, with the right token even', async (_what, sent) => {
    expect(forms.length).toBeGreaterThan(8);
    const fields = { form_token: formTokenOf(token) };
    for (const path of forms) {
      const answer = await submit(path, { session: token, fields, ...sent(token) });
      expect({ path, isForged: isForged(answer) }).toEqual({ path, isForged: true });
    }
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ['without the token', {}],
    ['with an empty token', { form_token: '' }],
    ['with the token of another session', { form_token: formTokenOf(UNKNOWN) }],
    ['with half of the token', { form_token: 'x' }],
  ])('%s is refused by every route to which a session came along', async (_what, fields) => {
    for (const path of forms) {
      const answer = await submit(path, { session: token, headers: OWN, fields });
      expect({ path, isForged: isForged(answer) }).toEqual({ path, isForged: true });
    }
  });

  it('of the page itself is taken, with Sec-Fetch-Site or with Origin', async () => {
    for (const headers of [OWN, { origin: server.url }]) {
      const fields = { form_token: formTokenOf(token), alias: 'latest', version: '13.1' };
      const answer = await submit('/images/debian/aliases', { session: token, headers, fields });
      expect(answer).toMatchObject({ status: 303, headers: { location: '/images/debian?done=alias-set' } });
    }
  });

  it('is not too large, and no other media type', async () => {
    const fields = { token: 'x'.repeat(70_000) };
    expect((await submit('/sign-in', { headers: OWN, fields })).status).toBe(413);
    const json = await client.send('POST', '/sign-in', { json: { token }, headers: OWN });
    expect(json.status).toBe(415);
  });

  it('leads nowhere else after signing in', async () => {
    for (const next of [
      '//evil.example',
      '/\\evil.example',
      'https://evil.example',
      'javascript:alert(1)',
      '/\n/x',
    ]) {
      const answer = await submit('/sign-in', { headers: OWN, fields: { token, next } });
      expect({ next, status: answer.status }).toEqual({ next, status: 400 });
    }
    expect(await submit('/sign-in', { headers: OWN, fields: { token, next: '/jobs?x=1' } })).toMatchObject({
      status: 303,
      headers: { location: '/jobs?x=1' },
    });
  });
});

describe('a session', () => {
  it('is what was signed in with, whatever was planted before', async () => {
    const answer = await submit('/sign-in', { session: UNKNOWN, headers: OWN, fields: { token } });
    // The planted one is ended, and the one that counts is set after it.
    expect([answer.headers['set-cookie']].flat().at(-1)).toBe(
      `${COOKIE}=${token}; Path=/; HttpOnly; SameSite=Strict`,
    );
  });

  it.each<[string, string]>([
    ['two cookies of its name', `${COOKIE}=${UNKNOWN}; ${COOKIE}={token}`],
    ['a token with something after it', `${COOKIE}={token}x;`],
    ['quotes', `${COOKIE}="{token}"`],
    ['another name', 'imgsrv={token}'],
  ])('does not come of %s', async (_what, cookie) => {
    const answer = await client.get('/drafts', { cookie: cookie.replaceAll('{token}', token) });
    expect(answer.status).toBe(401);
  });

  it('does not come of an address', async () => {
    for (const name of ['token', 'access_token', COOKIE]) {
      expect((await client.get(`/drafts?${name}=${token}`)).status).toBe(401);
    }
  });

  it('ends the moment its token is revoked: pages for all go on, and the cookie is taken away', async () => {
    const { issued } = await auth.holder(EVERY_ROLE);
    const headers = { cookie: `${COOKIE}=${issued.plaintext}`, accept: 'text/html' };
    expect((await client.get('/drafts', headers)).status).toBe(200);
    await auth.tokens.revoke(issued.token.id);
    const closed = await client.get('/drafts', headers);
    expect(closed.status).toBe(401);
    expect(closed.headers['set-cookie']).toEqual([
      `${COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0`,
    ]);
    expect(closed.bytes.toString()).toContain('The API token was revoked.');
    const open = await client.get('/', headers);
    expect(open.status).toBe(200);
    expect(open.bytes.toString()).not.toContain('Sign out');
    const fields = { form_token: formTokenOf(issued.plaintext), alias: 'x', version: '13.1' };
    const sent = await submit('/images/debian/aliases', { session: issued.plaintext, headers: OWN, fields });
    expect(sent.status).toBe(401);
  });

  it('is good for no route of the API', async () => {
    const answer = await client.get('/v1/auth/whoami', { cookie: `${COOKIE}=${token}` });
    expect(answer.status).toBe(401);
  });

  it('shows its token on no page, nor keeps a page in a cache', async () => {
    for (const path of pages) {
      const { headers, bytes } = await client.get(path, {
        cookie: `${COOKIE}=${token}`,
        accept: 'text/html',
      });
      expect({ path, isTold: bytes.includes(token) }).toEqual({ path, isTold: false });
      expect(headers['cache-control']).toBe(path.startsWith('/assets/') ? 'no-store' : 'private, no-store');
      expect(headers['content-encoding']).toBeUndefined();
    }
  });

  it('has a cookie for https alone where the service is reached so', async () => {
    const flags = (url: string) => ({ isDatabaseThere: true, flags: ['--public-url', url] });
    for (const [url, name, path] of [
      ['https://images.example', '__Host-imgsrv-session', '/'],
      ['https://example.org/images/', '__Secure-imgsrv-session', '/images/'],
    ] as const) {
      const other = await startTestApi(auth.url, flags(url));
      try {
        const answer = await submit(
          '/sign-in',
          { headers: OWN, fields: { token } },
          new HttpClient(other.url),
        );
        expect(answer.headers['set-cookie']).toEqual([
          `${name}=${token}; Path=${path}; HttpOnly; SameSite=Strict; Secure`,
        ]);
        expect(answer.headers.location).toBe(path);
        const session = { cookie: `${name}=${token}` };
        expect((await new HttpClient(other.url).get('/drafts', session)).status).toBe(200);
      } finally {
        await other.close();
      }
    }
  });
});

describe('signing in', () => {
  it('is refused after too many failures, as any other authentication, and the audit log has them', async () => {
    const strict = await startTestApi(auth.url, {
      isDatabaseThere: true,
      flags: ['--failed-auth-limit', '5'],
    });
    try {
      const attacker = new HttpClient(strict.url);
      const statuses: number[] = [];
      for (let tries = 0; tries < 8; tries += 1) {
        const wrong = UNKNOWN;
        statuses.push(
          (await submit('/sign-in', { headers: OWN, fields: { token: wrong } }, attacker)).status,
        );
      }
      expect(statuses.slice(0, 5)).toEqual([401, 401, 401, 401, 401]);
      expect(statuses.slice(5)).toEqual([429, 429, 429]);
      const { retryAfter } = await submit(
        '/sign-in',
        { headers: OWN, fields: { token: UNKNOWN } },
        attacker,
      ).then(({ headers }) => ({ retryAfter: Number(headers['retry-after']) }));
      expect(retryAfter).toBeGreaterThan(0);
      const genuine = await submit('/sign-in', { headers: OWN, fields: { token } }, attacker);
      expect(genuine.status).toBe(303);
      const denied = await waitFor(
        async () => {
          const rows = await auth.database.rows<{ reason: string }>(
            `SELECT reason FROM audit_events WHERE action = 'authenticate' AND resource = 'sign-in'`,
          );
          return rows.length > 0 && rows;
        },
        { what: 'the refusals in the audit log' },
      );
      expect(denied.map(({ reason }) => reason)).toContain('unknown');
    } finally {
      await strict.close();
    }
  });

  it.each(['', 'x', 'Bearer imgsrv_at_x', `${UNKNOWN}; Path=/`, 'a.b.c'])(
    'is refused for %j',
    async (wrong) => {
      const answer = await submit('/sign-in', { headers: OWN, fields: { token: wrong } });
      expect(answer).toMatchObject({
        status: 401,
        headers: { 'www-authenticate': expect.any(String) as string },
      });
      expect(answer.headers['set-cookie']).toBeUndefined();
    },
  );
});

describe('every page', () => {
  it('runs nothing inline, stands in no frame, and sends forms to this service only; problems too', async () => {
    for (const path of [...pages, '/no-such', `/images/${randomUUID()}`]) {
      if (path.startsWith('/assets/')) continue;
      const { headers, bytes } = await client.get(path, { accept: 'text/html,*/*;q=0.8' });
      expect({ path, ...headers }).toMatchObject({
        path,
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy':
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
          "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        'x-frame-options': 'DENY',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'same-origin',
      });
      expect(bytes.toString()).not.toMatch(/<style|<script(?! src=")|\son\w+=|\sstyle=|javascript:/i);
    }
  });

  it('is a page to browsers only: programs get problem documents, and the API never has pages', async () => {
    expect((await client.get('/images/no-such')).headers['content-type']).toBe('application/problem+json');
    const api = await client.get('/v1/images/no-such', { accept: 'text/html' });
    expect(api.headers['content-type']).toBe('application/problem+json');
  });

  it('cannot be read by other origins', async () => {
    const answer = await client.get('/', { origin: 'https://evil.example' });
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    expect(answer.headers['cross-origin-resource-policy']).toBe('same-origin');
  });

  it('is no part of the API description', async () => {
    const { paths } = (await client.get('/openapi.json')).json as {
      readonly paths: Readonly<Record<string, unknown>>;
    };
    expect(Object.keys(paths).filter((path) => !/^\/(v1|c|streams|healthz|readyz)\b/.test(path))).toEqual([]);
  });
});
