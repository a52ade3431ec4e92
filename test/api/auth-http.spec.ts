import request, { type Response } from 'supertest';
import { waitFor } from '../support/wait-for.js';
import { startTestApi, type TestApi } from './auth-api.js';
import { type AuthDatabase, HOUR_MS, startAuthDatabase } from './auth-database.js';

const NOBODY = '00000000-0000-4000-8000-000000000000';
const IN_AN_HOUR = new Date(Date.now() + HOUR_MS).toISOString();
const PRINCIPALS = '/v1/auth/principals';

let auth: AuthDatabase;
let server: TestApi;
let manager: { readonly id: string; readonly token: string; readonly tokenId: string };

beforeAll(async () => {
  auth = await startAuthDatabase();
  server = await startTestApi(auth.url);
});
afterAll(async () => {
  await server.close();
  await auth.close();
});
beforeEach(async () => {
  await auth.clear();
  const { principal, issued } = await auth.holder(['auth-manager']);
  manager = { id: principal.id, token: issued.plaintext, tokenId: issued.token.id };
});

it('lets an auth-manager make a publisher from nothing', async () => {
  const principal = await send('post', PRINCIPALS, { kind: 'service', display_name: 'ci' });
  expect(principal.status).toBe(201);
  const { id } = principal.body as { id: string };
  expect((await send('put', `${PRINCIPALS}/${id}/roles/content-writer`)).status).toBe(204);
  const issued = await send('post', `${PRINCIPALS}/${id}/api-tokens`, {
    name: 'laptop',
    expires_at: IN_AN_HOUR,
  });
  expect(issued.status).toBe(201);
  const { plaintext } = issued.body as { plaintext: string };

  const whoami = await request(server.url).get('/v1/auth/whoami').set('Authorization', `Bearer ${plaintext}`);

  expect(whoami.status).toBe(200);
  expect(whoami.body).toEqual({
    principal: { id, kind: 'service', display_name: 'ci' },
    role_ids: ['content-writer'],
    credential_kind: 'api-token',
    expires_at: IN_AN_HOUR,
  });
});

it('lists the roles with their actions', async () => {
  const response = await send('get', '/v1/auth/roles');
  expect(response.status).toBe(200);
  expect(response.body).toEqual({
    roles: [
      {
        id: 'auth-manager',
        display_name: expect.any(String) as string,
        description: expect.any(String) as string,
        actions: ['auth.manage'],
      },
      {
        id: 'content-admin',
        display_name: expect.any(String) as string,
        description: expect.any(String) as string,
        actions: ['content.withdraw'],
      },
      {
        id: 'content-reader',
        display_name: expect.any(String) as string,
        description: expect.any(String) as string,
        actions: ['content.read'],
      },
      {
        id: 'content-writer',
        display_name: expect.any(String) as string,
        description: expect.any(String) as string,
        actions: ['content.write'],
      },
      {
        id: 'storage-manager',
        display_name: expect.any(String) as string,
        description: expect.any(String) as string,
        actions: ['storage.manage'],
      },
    ],
  });
});

describe('principals', () => {
  it('are created with 201, Location and their attributes', async () => {
    const attributes = { team: 'infra', tags: ['a', { b: null }], empty: {} };
    const created = await send('post', PRINCIPALS, { kind: 'user', display_name: 'Zoë 🐙', attributes });
    expect(created.status).toBe(201);
    expect(created.body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      kind: 'user',
      derived_roles: [],
      display_name: 'Zoë 🐙',
      attributes,
      role_ids: [],
      disabled: false,
    });
    const { location } = created.headers;
    expect(location).toBe(`${PRINCIPALS}/${(created.body as { id: string }).id}`);
    expect((await send('get', location ?? '')).body).toEqual(created.body);
  });

  it.each<[string, unknown, string]>([
    ['no kind', { display_name: 'x' }, '/kind'],
    ['an unknown kind', { kind: 'robot', display_name: 'x' }, '/kind'],
    ['a kind of the wrong type', { kind: ['user'], display_name: 'x' }, '/kind'],
    ['no display name', { kind: 'user' }, '/display_name'],
    ['a null display name', { kind: 'user', display_name: null }, '/display_name'],
    ['a numeric display name', { kind: 'user', display_name: 1 }, '/display_name'],
    ['an empty display name', { kind: 'user', display_name: '' }, '/display_name'],
    ['a blank display name', { kind: 'user', display_name: ' \u00a0 ' }, '/display_name'],
    ['a display name that is too long', { kind: 'user', display_name: 'x'.repeat(256) }, '/display_name'],
    ['a NUL in the display name', { kind: 'user', display_name: 'a\0b' }, '/display_name'],
    ['a line break in the display name', { kind: 'user', display_name: 'a\nb' }, '/display_name'],
    ['half a surrogate pair in the display name', { kind: 'user', display_name: 'a\ud83d' }, '/display_name'],
    ['attributes that are a list', { kind: 'user', display_name: 'x', attributes: [] }, '/attributes'],
    ['attributes that are a text', { kind: 'user', display_name: 'x', attributes: 'a' }, '/attributes'],
    [
      'a NUL in an attribute',
      { kind: 'user', display_name: 'x', attributes: { a: ['\0'] } },
      '/attributes/a/0',
    ],
    [
      'a NUL in an attribute name',
      { kind: 'user', display_name: 'x', attributes: { 'a\0': 1 } },
      '/attributes',
    ],
    [
      'half a surrogate pair in an attribute',
      { kind: 'user', display_name: 'x', attributes: { a: '\udc00' } },
      '/attributes/a',
    ],
    [
      'large attributes',
      { kind: 'user', display_name: 'x', attributes: { a: 'x'.repeat(17_000) } },
      '/attributes',
    ],
    ['an unknown member', { kind: 'user', display_name: 'x', admin: true }, '/admin'],
    ['an id', { kind: 'user', display_name: 'x', id: NOBODY }, '/id'],
    ['roles', { kind: 'user', display_name: 'x', role_ids: ['auth-manager'] }, '/role_ids'],
  ])('are not created from a body with %s', async (_what, body, pointer) => {
    const response = await send('post', PRINCIPALS, body);
    expectProblem(response, 400, 'invalid-request');
    expect(pointersIn(response)).toEqual([pointer]);
    expect((await send('get', PRINCIPALS)).body).toMatchObject({ principals: [{ id: manager.id }] });
  });

  it('have names of up to 255 characters, however many bytes those are', async () => {
    const display_name = '🐙'.repeat(255);
    const response = await send('post', PRINCIPALS, { kind: 'user', display_name });
    expect(response.status).toBe(201);
    expect(response.body).toMatchObject({ display_name });
  });

  it.each<[string, object, object]>([
    ['renamed', { display_name: 'new' }, { display_name: 'new', disabled: false }],
    ['disabled', { disabled: true }, { display_name: 'somebody', disabled: true }],
    ['left as they are', {}, { display_name: 'somebody', disabled: false }],
  ])('can be %s', async (_what, change, expected) => {
    const { id } = await auth.principal([]);
    const response = await send('patch', `${PRINCIPALS}/${id}`, change);
    expect(response.status).toBe(200);
    expect(response.body).toMatchObject(expected);
    expect((await send('get', `${PRINCIPALS}/${id}`)).body).toEqual(response.body);
  });

  it.each<[object, string]>([
    [{ disabled: 'true' }, '/disabled'],
    [{ disabled: null }, '/disabled'],
    [{ disabled: 1 }, '/disabled'],
    [{ display_name: null }, '/display_name'],
    [{ display_name: '' }, '/display_name'],
    [{ kind: 'user' }, '/kind'],
    [{ attributes: {} }, '/attributes'],
    [{ role_ids: [] }, '/role_ids'],
  ])('are not changed by %j', async (body, pointer) => {
    const response = await send('patch', `${PRINCIPALS}/${manager.id}`, body);
    expectProblem(response, 400, 'invalid-request');
    expect(pointersIn(response)).toEqual([pointer]);
  });

  it('are gone after DELETE, and so are their tokens', async () => {
    const { principal, issued } = await auth.holder(['content-writer']);
    expect((await send('delete', `${PRINCIPALS}/${principal.id}`)).status).toBe(204);
    expectProblem(await send('get', `${PRINCIPALS}/${principal.id}`), 404, 'principal-not-found');
    const whoami = await request(server.url)
      .get('/v1/auth/whoami')
      .set('Authorization', `Bearer ${issued.plaintext}`);
    expect(whoami.status).toBe(401);
  });
});

describe('roles of a principal', () => {
  it.each(['put', 'delete'] as const)('%s answers 204, also the second time', async (verb) => {
    const { id } = await auth.principal([]);
    for (let time = 0; time < 2; time++) {
      expect((await send(verb, `${PRINCIPALS}/${id}/roles/content-writer`)).status).toBe(204);
    }
    expect((await send('get', `${PRINCIPALS}/${id}`)).body).toMatchObject({
      role_ids: verb === 'put' ? ['content-writer'] : [],
    });
  });

  it.each<[string, string, number, string]>([
    ['an unknown role', `${NOBODY}/roles/admin`, 400, 'unknown-role'],
    ['an unknown principal', `${NOBODY}/roles/content-writer`, 404, 'principal-not-found'],
    ['an id that is no UUID', `1/roles/content-writer`, 400, 'invalid-request'],
    [
      'an upper-case UUID',
      `ABCDEF00-0000-4000-8000-000000000000/roles/content-writer`,
      400,
      'invalid-request',
    ],
    ['a role id that is no token', `${NOBODY}/roles/%20`, 400, 'invalid-request'],
  ])('refuse %s', async (_what, path, status, code) => {
    expectProblem(await send('put', `${PRINCIPALS}/${path}`), status, code);
    expectProblem(await send('delete', `${PRINCIPALS}/${path}`), status, code);
  });
});

describe('the last usable auth-manager', () => {
  it.each<[string, () => Promise<Response>]>([
    ['lose its role', () => send('delete', `${PRINCIPALS}/${manager.id}/roles/auth-manager`)],
    ['be disabled', () => send('patch', `${PRINCIPALS}/${manager.id}`, { disabled: true })],
    ['be deleted', () => send('delete', `${PRINCIPALS}/${manager.id}`)],
    ['lose its last token', () => send('delete', `/v1/auth/api-tokens/${manager.tokenId}`)],
  ])('cannot %s', async (_what, act) => {
    expectProblem(await act(), 409, 'last-auth-manager');
    expect((await send('get', '/v1/auth/whoami')).body).toMatchObject({ role_ids: ['auth-manager'] });
  });
});

describe('API tokens', () => {
  it('are issued with 201, Location and a plaintext that is shown only there and cached nowhere', async () => {
    const { id } = await auth.principal([]);
    const issued = await send('post', `${PRINCIPALS}/${id}/api-tokens`, { expires_at: IN_AN_HOUR });
    expect(issued.status).toBe(201);
    expect(issued.body).toEqual({
      id: expect.any(String) as string,
      principal_id: id,
      name: '',
      expires_at: IN_AN_HOUR,
      plaintext: expect.stringMatching(/^imgsrv_at_[0-9A-Za-z]{16}_[0-9A-Za-z]{36}$/) as string,
    });
    const { id: tokenId, plaintext } = issued.body as { id: string; plaintext: string };
    expect(issued.headers.location).toBe(`/v1/auth/api-tokens/${tokenId}`);
    expect(issued.headers['cache-control']).toBe('no-store');

    const listed = await send('get', `${PRINCIPALS}/${id}/api-tokens`);
    expect(listed.body).toEqual({
      api_tokens: [{ id: tokenId, principal_id: id, name: '', expires_at: IN_AN_HOUR }],
    });
    expect(listed.text).not.toContain(plaintext.slice(28, 58));
  });

  it('show when they were used and revoked', async () => {
    const { principal, issued } = await auth.holder([]);
    await request(server.url).get('/v1/auth/whoami').set('Authorization', `Bearer ${issued.plaintext}`);
    await waitFor(async () => (await listTokens(principal.id)).text.includes('last_used_at'));
    for (let time = 0; time < 2; time++) {
      expect((await send('delete', `/v1/auth/api-tokens/${issued.token.id}`)).status).toBe(204);
    }
    const rfc3339 = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;
    expect((await listTokens(principal.id)).body).toMatchObject({
      api_tokens: [{ last_used_at: rfc3339, revoked_at: rfc3339 }],
    });
  });

  it('take an expiry with an offset and show it in UTC', async () => {
    const response = await send('post', `${PRINCIPALS}/${manager.id}/api-tokens`, {
      expires_at: new Date(Date.parse(IN_AN_HOUR) + 2 * HOUR_MS).toISOString().replace('Z', '+02:00'),
    });
    expect(response.body).toMatchObject({ expires_at: IN_AN_HOUR });
  });

  it.each<[string, object, string]>([
    ['no expiry', {}, '/expires_at'],
    ['a null expiry', { expires_at: null }, '/expires_at'],
    ['a number as expiry', { expires_at: 32503680000000 }, '/expires_at'],
    ['a date as expiry', { expires_at: '2999-01-01' }, '/expires_at'],
    ['a time without offset', { expires_at: '2999-01-01T00:00:00' }, '/expires_at'],
    ['a day that does not exist', { expires_at: '2999-02-31T00:00:00Z' }, '/expires_at'],
    ['a list as expiry', { expires_at: ['2999-01-01T00:00:00Z'] }, '/expires_at'],
    ['a name that is too long', { expires_at: IN_AN_HOUR, name: 'x'.repeat(256) }, '/name'],
    ['a NUL in the name', { expires_at: IN_AN_HOUR, name: '\0' }, '/name'],
    ['a plaintext', { expires_at: IN_AN_HOUR, plaintext: 'mine' }, '/plaintext'],
  ])('are not issued for %s', async (_what, body, pointer) => {
    const response = await send('post', `${PRINCIPALS}/${manager.id}/api-tokens`, body);
    expectProblem(response, 400, 'invalid-request');
    expect(pointersIn(response)).toEqual([pointer]);
  });

  it('are not issued when they would expire in the past', async () => {
    const response = await send('post', `${PRINCIPALS}/${manager.id}/api-tokens`, {
      expires_at: '2020-01-01T00:00:00Z',
    });
    expectProblem(response, 400, 'token-expiry-not-in-future');
  });

  it('are not issued for longer than a year, and say so', async () => {
    const issue = (hours: number): Promise<Response> =>
      send('post', `${PRINCIPALS}/${manager.id}/api-tokens`, {
        expires_at: new Date(Date.now() + hours * 3_600_000).toISOString(),
      });
    expect((await issue(8760)).status).toBe(201);
    const refused = await issue(8761);
    expectProblem(refused, 400, 'token-lifetime-too-long');
    expect(refused.body).toMatchObject({ detail: expect.stringContaining('at most 8760 hours') as string });
  });

  it('that expire later than that, as one of an earlier release may, go on working', async () => {
    const { issued } = await auth.holder([]);
    await auth.database.rows(`UPDATE api_tokens SET expires_at = '2999-01-01' WHERE id = $1`, [
      issued.token.id,
    ]);
    const answer = await request(server.url)
      .get('/v1/auth/whoami')
      .set('Authorization', `Bearer ${issued.plaintext}`);
    expect(answer.status).toBe(200);
  });

  it('are not issued to or listed for nobody', async () => {
    const path = `${PRINCIPALS}/${NOBODY}/api-tokens`;
    expectProblem(await send('post', path, { expires_at: IN_AN_HOUR }), 404, 'principal-not-found');
    expectProblem(await send('get', path), 404, 'principal-not-found');
  });

  it.each([
    [NOBODY, 404, 'api-token-not-found'],
    ['1', 400, 'invalid-request'],
    [NOBODY.replace('4', 'G'), 400, 'invalid-request'],
  ])('cannot be revoked by the id %s', async (id, status, code) => {
    expectProblem(await send('delete', `/v1/auth/api-tokens/${id}`), status, code);
  });
});

describe('the order of checks', () => {
  it('looks at the role before the ids in the path and the body', async () => {
    const { issued } = await auth.holder(['content-writer']);
    const response = await request(server.url)
      .patch(`${PRINCIPALS}/no-uuid`)
      .set('Authorization', `Bearer ${issued.plaintext}`)
      .set('Content-Type', 'text/plain')
      .send('{');
    expectProblem(response, 403, 'forbidden');
  });

  it('looks at the ids in the path before the body', async () => {
    const response = await request(server.url)
      .patch(`${PRINCIPALS}/no-uuid`)
      .set('Authorization', `Bearer ${manager.token}`)
      .set('Content-Type', 'text/plain')
      .send('{');
    expectProblem(response, 400, 'invalid-request');
    expect(response.body).toMatchObject({ detail: expect.stringContaining('principal_id') as string });
  });

  it('looks at the body before it looks for the principal', async () => {
    expectProblem(await send('patch', `${PRINCIPALS}/${NOBODY}`, { nonsense: 1 }), 400, 'invalid-request');
    expectProblem(await send('patch', `${PRINCIPALS}/${NOBODY}`, {}), 404, 'principal-not-found');
  });
});

describe('lists', () => {
  it('go on at the next page that Link names, until there is none', async () => {
    const ids = [manager.id];
    for (let n = 0; n < 4; n++) {
      ids.push((await auth.principal([])).id);
    }
    const seen: string[] = [];
    let next: string | undefined = `${PRINCIPALS}?limit=2`;
    let pages = 0;
    while (next !== undefined) {
      const response: Response = await send('get', next);
      expect(response.status).toBe(200);
      seen.push(...(response.body as { principals: { id: string }[] }).principals.map(({ id }) => id));
      next = /^<([^>]+)>; rel="next"$/.exec(response.headers.link ?? '')?.[1];
      pages += 1;
    }
    expect(seen).toEqual(ids);
    expect(pages).toBe(3);
  });

  it.each([
    'limit=0',
    'limit=-1',
    'limit=x',
    'limit=1.5',
    'cursor=x',
    'cursor=',
    'page=1',
    'limit=1&limit=2',
  ])('refuse the query %s', async (query) => {
    const code = query.startsWith('cursor') ? 'invalid-cursor' : 'invalid-request';
    for (const list of [PRINCIPALS, `${PRINCIPALS}/${manager.id}/api-tokens`]) {
      expectProblem(await send('get', `${list}?${query}`), 400, code);
    }
  });
});

function send(
  verb: 'get' | 'post' | 'put' | 'patch' | 'delete',
  path: string,
  body?: unknown,
): Promise<Response> {
  const test = request(server.url)[verb](path).set('Authorization', `Bearer ${manager.token}`);
  return Promise.resolve(body === undefined ? test : test.send(body as object));
}

function listTokens(owner: string): Promise<Response> {
  return send('get', `${PRINCIPALS}/${owner}/api-tokens`);
}

function expectProblem(response: Response, status: number, code: string): void {
  expect({ status: response.status, type: response.headers['content-type'] }).toEqual({
    status,
    type: 'application/problem+json',
  });
  expect(response.body).toMatchObject({ type: `urn:imgsrv:problem:${code}`, status });
}

function pointersIn(response: Response): string[] {
  const { errors } = response.body as { readonly errors?: readonly { readonly pointer: string }[] };
  return (errors ?? []).map(({ pointer }) => pointer);
}
