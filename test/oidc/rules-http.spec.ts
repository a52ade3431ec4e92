import { randomUUID } from 'node:crypto';
import request, { type Response } from 'supertest';
import { startTestApi, type TestApi } from '../api/auth-api.js';
import { type AuthDatabase, startAuthDatabase } from '../api/auth-database.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AUDIENCE, ScriptedIssuer, sendJson } from './scripted-issuer.js';

const RULES = '/v1/auth/oidc-provisioning-rules';
const CONDITION = 'identity.subject == "pipeline" && claims.team == "images"';

let auth: AuthDatabase;
let issuer: ScriptedIssuer;
let server: TestApi;
let manager: string;
let removeFiles: () => Promise<void>;

beforeAll(async () => {
  auth = await startAuthDatabase();
  issuer = await ScriptedIssuer.start();
  const folder = await createTemporaryFolder('oidc-ca');
  removeFiles = () => folder.remove();
  const caFile = join(folder.path, 'ca.pem');
  await writeFile(caFile, issuer.ca);
  server = await startTestApi(auth.url, {
    isDatabaseThere: true,
    flags: ['--oidc-ca-file', caFile, '--oidc-private-hosts', '127.0.0.1'],
  });
});
afterAll(async () => {
  await server.close();
  await issuer.close();
  await auth.close();
  await removeFiles();
});
beforeEach(async () => {
  issuer.reset();
  await auth.database.rows('TRUNCATE principals, oidc_provisioning_rules CASCADE');
  manager = (await auth.holder(['auth-manager'])).issued.plaintext;
});

function rule(change: object = {}): Record<string, unknown> {
  return {
    display_name: 'pipeline',
    issuer_url: issuer.url,
    audience: AUDIENCE,
    forwarded_claims: ['team'],
    condition: CONDITION,
    ...change,
  };
}

type Answer = Omit<Response, 'body'> & { readonly body: unknown };

async function send(
  method: 'get' | 'post' | 'put' | 'delete' | 'patch',
  path: string,
  body?: object,
  token = manager,
): Promise<Answer> {
  const call = request(server.url)[method](path).set('Authorization', `Bearer ${token}`);
  return body === undefined ? call : call.send(body);
}

async function saved(change: object = {}): Promise<string> {
  const { body } = (await send('post', RULES, rule(change))) as { body: { id: string } };
  return body.id;
}

function expectProblem(response: Answer, status: number, code: string): void {
  expect([response.status, (response.body as { type?: string }).type]).toEqual([
    status,
    `urn:imgsrv:problem:${code}`,
  ]);
}

describe('provisioning rules', () => {
  it('are created with 201, Location and defaults', async () => {
    const created = await send('post', RULES, rule({ forwarded_claims: undefined, condition: 'true' }));
    expect(created.status).toBe(201);
    const { id, warnings, ...rest } = created.body as { id: string; warnings: { code: string }[] };
    expect(created.headers.location).toBe(`${RULES}/${id}`);
    expect(rest).toEqual({
      ...rule({ forwarded_claims: [], condition: 'true' }),
      jwks_origins: [],
      enabled: true,
      assign_role_ids: ['content-writer'],
    });
    expect(warnings.map(({ code }) => code)).toEqual(['nothing-pinned']);
    expect((await send('get', `${RULES}/${id}`)).body).toEqual({ id, ...rest });
    expect((await send('get', RULES)).body).toEqual({ rules: [{ id, ...rest }] });
  });

  it('take a readable id, once, and go by it everywhere', async () => {
    const id = 'github-main-publisher';
    const created = await send('post', RULES, rule({ id }));
    expect([created.status, created.headers.location]).toEqual([201, `${RULES}/${id}`]);
    expectProblem(await send('post', RULES, rule({ id })), 409, 'provisioning-rule-exists');
    expect((await send('get', `${RULES}/${id}`)).body).toMatchObject({ id });
    expect((await send('put', `${RULES}/${id}`, rule({ id, display_name: 'b' }))).body).toMatchObject({ id });
    const token = await issuer.sign();
    expect((await send('get', '/v1/auth/whoami', undefined, token)).status).toBe(200);
    expect((await send('get', `${RULES}/${id}/reconciliation`)).body).toMatchObject({ rule_id: id });
    await saved();
    const page = await send('get', `${RULES}?limit=1`);
    const next = /<([^>]+)>; rel="next"/.exec(String(page.headers.link))?.[1] ?? '';
    expect((await send('get', next)).body).toMatchObject({ rules: [{}] });
    expect((await send('delete', `${RULES}/${id}`)).status).toBe(204);
    expectProblem(await send('get', `${RULES}/${id}`), 404, 'provisioning-rule-not-found');
  });

  it.each(['-a', '.a', 'a b', 'a/b', '', 'x'.repeat(65), 'ä'])('cannot have the id %j', async (id) => {
    const response = await send('post', RULES, rule({ id }));
    expectProblem(response, 400, 'invalid-request');
  });

  it('take an id of the client, once', async () => {
    const id = randomUUID();
    expect((await send('post', RULES, rule({ id }))).body).toMatchObject({ id });
    expectProblem(await send('post', RULES, rule({ id })), 409, 'provisioning-rule-exists');
  });

  it('are replaced as a whole', async () => {
    const id = await saved({ enabled: false });
    const replaced = await send('put', `${RULES}/${id}`, rule({ id, display_name: 'other' }));
    expect(replaced.status).toBe(200);
    expect(replaced.body).toMatchObject({ id, display_name: 'other', enabled: true });
  });

  it('are listed page by page, oldest first', async () => {
    const ids = [await saved(), await saved(), await saved()];
    const first = await send('get', `${RULES}?limit=2`);
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.link ?? '')?.[1] ?? '';
    const second = await send('get', next);
    const listed = [first, second].flatMap(({ body }) => (body as { rules: { id: string }[] }).rules);
    expect(listed.map(({ id }) => id)).toEqual(ids);
    expect(second.headers.link).toBeUndefined();
  });

  it('are listed to the end when the last of a page is deleted meanwhile', async () => {
    const [, second, third] = [await saved(), await saved(), await saved()];
    const page = await send('get', `${RULES}?limit=2`);
    await send('delete', `${RULES}/${second}`);
    const rest = await send('get', /<([^>]+)>; rel="next"/.exec(page.headers.link ?? '')?.[1] ?? '');
    expect((rest.body as { rules: { id: string }[] }).rules.map(({ id }) => id)).toEqual([third]);
  });

  it('are gone after DELETE, and so is access', async () => {
    const id = await saved();
    const token = await issuer.sign();
    expect((await send('get', '/v1/auth/whoami', undefined, token)).status).toBe(200);
    expect((await send('delete', `${RULES}/${id}`)).status).toBe(204);
    expect((await send('get', '/v1/auth/whoami', undefined, token)).status).toBe(401);
    expectProblem(await send('delete', `${RULES}/${id}`), 404, 'provisioning-rule-not-found');
    expectProblem(await send('put', `${RULES}/${id}`, rule()), 404, 'provisioning-rule-not-found');
    expectProblem(await send('get', `${RULES}/${id}`), 404, 'provisioning-rule-not-found');
  });

  it.each<[string, object, string]>([
    ['no name', { display_name: undefined }, '/display_name'],
    ['a relative issuer', { issuer_url: 5 }, '/issuer_url'],
    ['no audience', { audience: '' }, '/audience'],
    ['a list of audiences', { audience: ['imgsrv'] }, '/audience'],
    ['a claim that is no text', { forwarded_claims: [1] }, '/forwarded_claims'],
    ['too many claims', { forwarded_claims: Array.from({ length: 65 }, String) }, '/forwarded_claims'],
    ['no condition', { condition: undefined }, '/condition'],
    ['a NUL in the condition', { condition: '"\0" == "a"' }, '/condition'],
    ['an enabled that is a text', { enabled: 'true' }, '/enabled'],
    ['roles', { assign_role_ids: ['auth-manager'] }, '/assign_role_ids'],
    ['an id with a space', { id: 'a b' }, '/id'],
  ])('are refused with %s', async (_what, change, pointer) => {
    const response = await send('post', RULES, rule(change));
    expectProblem(response, 400, 'invalid-request');
    expect((response.body as { errors: { pointer: string }[] }).errors.map((e) => e.pointer)).toEqual([
      pointer,
    ]);
  });

  it.each<[string, object, string]>([
    ['a bad condition', { condition: 'claims.team' }, 'invalid-condition'],
    ['an issuer without https', { issuer_url: 'http://issuer.example' }, 'invalid-issuer'],
    ['an issuer that is no URL', { issuer_url: 'issuer' }, 'invalid-issuer'],
    ['an issuer with a query', { issuer_url: 'https://issuer.example/?a' }, 'invalid-issuer'],
    ['an issuer with a password', { issuer_url: 'https://a:b@issuer.example' }, 'invalid-issuer'],
    ['an issuer at a private address', { issuer_url: 'https://169.254.169.254' }, 'issuer-unreachable'],
  ])('are refused with %s, by name', async (_what, change, code) => {
    expectProblem(await send('post', RULES, rule(change)), 400, code);
    expectProblem(await send('put', `${RULES}/${await saved()}`, rule(change)), 400, code);
  });

  it('are refused when the issuer names another', async () => {
    issuer.on('/.well-known/openid-configuration', (_request, response) => {
      sendJson(response, issuer.metadata({ issuer: `${issuer.url}/` }));
    });
    const response = await send('post', RULES, rule());
    expectProblem(response, 400, 'issuer-mismatch');
  });

  it('can be switched off, but not on, while the issuer is away', async () => {
    const id = await saved();
    issuer.on('/.well-known/openid-configuration', (_request, response) => response.writeHead(500).end());
    expect((await send('put', `${RULES}/${id}`, rule({ enabled: false }))).status).toBe(200);
    expectProblem(await send('put', `${RULES}/${id}`, rule()), 400, 'issuer-unreachable');
  });

  it('cannot be replaced under another id', async () => {
    const response = await send('put', `${RULES}/${await saved()}`, rule({ id: randomUUID() }));
    expectProblem(response, 400, 'invalid-request');
  });

  it.each(['get', 'post'] as const)('are not for publishers: %s', async (method) => {
    await saved();
    const token = await issuer.sign();
    expectProblem(await send(method, RULES, undefined, token), 403, 'forbidden');
  });
});

it('says with 403 and a challenge that no rule matches', async () => {
  await saved();
  const token = await issuer.sign(issuer.claims({ sub: 'stranger' }));
  for (const path of ['/v1/auth/whoami', '/v1/images']) {
    const response = await send('get', path, undefined, token);
    expectProblem(response, 403, 'no-matching-rule');
    expect(response.headers['www-authenticate']).toBe('Bearer error="insufficient_scope"');
  }
});

it('says nothing of rules to a token that nobody signed', async () => {
  await saved();
  const details = await Promise.all(
    [issuer.claims(), issuer.claims({ iss: 'https://other.example' })].map(async (claims) => {
      const [header, payload] = (await issuer.sign(claims)).split('.');
      const { status, body } = await send('get', '/v1/images', undefined, `${header}.${payload}.AAAA`);
      return [status, (body as { detail: string }).detail];
    }),
  );
  expect(details[0]).toEqual(details[1]);
  expect(details[0]?.[0]).toBe(401);
});

it.each(['a\0', 'a\ud800'])('answers 401, not 500, to the issuer %j', async (iss) => {
  const text = JSON.stringify({ ...issuer.claims(), iss });
  const answer = await send('get', '/v1/auth/whoami', undefined, await issuer.signText(text));
  expectProblem(answer, 401, 'unauthenticated');
});

describe('a dry run', () => {
  const EVALUATE = `${RULES}/evaluate`;

  it.each<[string, object, object, object]>([
    ['matches', {}, {}, { matches: true, reason: 'matched' }],
    ['sees another issuer', {}, { iss: 'https://other.example' }, { reason: 'other-issuer' }],
    ['sees another audience', {}, { aud: ['other'] }, { reason: 'other-audience' }],
    ['sees a false condition', {}, { team: 'other' }, { reason: 'condition-false' }],
    ['sees a missing claim', {}, { team: undefined }, { reason: 'condition-error' }],
    ['sees a claim that is not forwarded', { forwarded_claims: [] }, {}, { reason: 'condition-error' }],
    ['refuses an aud that is none', {}, { aud: 5 }, { reason: 'token-refused' }],
  ])('%s on claims', async (_what, change, claims, expected) => {
    const { status, body } = await send('post', EVALUATE, {
      rule: rule(change),
      claims: issuer.claims({ ...claims }),
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ matches: false, ...expected, warnings: expect.any(Array) as unknown[] });
    expect((await send('get', RULES)).body).toEqual({ rules: [] });
  });

  it.each<[string, () => Promise<string>, object]>([
    ['a genuine token', () => issuer.sign(), { matches: true }],
    ['an expired token', () => issuer.sign(issuer.claims({ exp: 5, iat: 1 })), { reason: 'token-refused' }],
    [
      'a token of a key it does not know',
      () => issuer.sign(issuer.claims(), { kid: 'x' }),
      { reason: 'token-refused' },
    ],
    [
      'a token of another issuer',
      () => issuer.sign(issuer.claims({ iss: 'https://o.example' })),
      { reason: 'token-refused' },
    ],
    ['no token at all', () => Promise.resolve('garbage'), { reason: 'token-refused' }],
  ])('judges %s', async (_what, token, expected) => {
    const { body } = await send('post', EVALUATE, { rule: rule(), token: await token() });
    expect(body).toMatchObject({ matches: false, ...expected });
    expect(JSON.stringify(body)).not.toContain(await token());
  });

  it('blames the issuer, not the token, for a key set that is none', async () => {
    issuer.on('/jwks', (_request, response) => {
      sendJson(response, { keys: { k1: issuer.publicJwk } });
    });
    const body = { rule: rule(), token: await issuer.sign() };
    expectProblem(await send('post', EVALUATE, body), 400, 'issuer-unreachable');
  });

  it.each<[string, () => object]>([
    ['neither claims nor token', () => ({ rule: rule() })],
    ['both', () => ({ rule: rule(), claims: {}, token: 'a.b.c' })],
    ['no rule', () => ({ claims: {} })],
    ['a rule with unknown members', () => ({ rule: rule({ roles: [] }), claims: {} })],
  ])('refuses %s', async (_what, body) => {
    expectProblem(await send('post', EVALUATE, body()), 400, 'invalid-request');
  });

  it('refuses a bad condition by name', async () => {
    const body = { rule: rule({ condition: 'claims.x.matches("a")' }), claims: {} };
    expectProblem(await send('post', EVALUATE, body), 400, 'invalid-condition');
  });
});

describe('a role that a rule gives', () => {
  const principalOf = async (token: string): Promise<string> => {
    const { body } = await send('get', '/v1/auth/whoami', undefined, token);
    return `/v1/auth/principals/${(body as { principal: { id: string } }).principal.id}`;
  };

  it('is shown apart, and cannot be taken by hand: 409 names the rule', async () => {
    await saved({ id: 'releases' });
    const principal = await principalOf(await issuer.sign());
    const derived_roles = [{ role_id: 'content-writer', rule_id: 'releases' }];
    expect((await send('get', principal)).body).toMatchObject({ role_ids: [], derived_roles });
    const refused = await send('delete', `${principal}/roles/content-writer`);
    expectProblem(refused, 409, 'role-is-derived');
    expect(refused.body).toMatchObject({ rule_ids: ['releases'] });
  });

  it('is taken by hand where somebody gave it by hand as well', async () => {
    await saved();
    const principal = await principalOf(await issuer.sign());
    await send('put', `${principal}/roles/content-writer`);
    expect((await send('delete', `${principal}/roles/content-writer`)).status).toBe(204);
    expectProblem(await send('delete', `${principal}/roles/content-writer`), 409, 'role-is-derived');
  });

  it('is no more once the rule is switched off', async () => {
    const id = await saved();
    const principal = await principalOf(await issuer.sign());
    await send('put', `${RULES}/${id}`, rule({ enabled: false }));
    expect((await send('get', principal)).body).toMatchObject({ derived_roles: [] });
    expect((await send('delete', `${principal}/roles/content-writer`)).status).toBe(204);
  });
});

describe('reconciliation', () => {
  it('shows and takes what the rule gives and somebody gave by hand as well', async () => {
    const id = await saved();
    const token = await issuer.sign();
    const { body } = await send('get', '/v1/auth/whoami', undefined, token);
    const principal = (body as { principal: { id: string } }).principal.id;
    const path = `${RULES}/${id}/reconciliation`;
    const answer = { rule_id: id, unassign_role_ids: ['content-writer'] };
    expect((await send('get', path)).body).toEqual({ ...answer, principals: [], applied: false });

    await send('put', `/v1/auth/principals/${principal}/roles/content-writer`);
    const found = [expect.objectContaining({ id: principal, role_ids: ['content-writer'] }) as object];
    expect((await send('get', path)).body).toEqual({ ...answer, principals: found, applied: false });
    const applied = await send('post', path);
    expect([applied.status, applied.body]).toEqual([200, { ...answer, principals: found, applied: true }]);

    expect((await send('get', `/v1/auth/principals/${principal}`)).body).toMatchObject({ role_ids: [] });
    expect((await send('post', path)).body).toEqual({ ...answer, principals: [], applied: true });
    expect((await send('get', '/v1/auth/whoami', undefined, token)).body).toMatchObject({
      role_ids: ['content-writer'],
    });
  });

  it('leaves principals alone that other rules let in, or that have other roles', async () => {
    const id = await saved();
    const { principal } = await auth.holder(['content-writer']);
    const { body } = await send('get', '/v1/auth/whoami', undefined, await issuer.sign());
    const provisioned = (body as { principal: { id: string } }).principal.id;
    await send('put', `/v1/auth/principals/${provisioned}/roles/auth-manager`);
    expect((await send('post', `${RULES}/${id}/reconciliation`)).body).toMatchObject({ principals: [] });
    expect((await send('get', `/v1/auth/principals/${principal.id}`)).body).toMatchObject({
      role_ids: ['content-writer'],
    });
    expect((await send('get', `/v1/auth/principals/${provisioned}`)).body).toMatchObject({
      role_ids: ['auth-manager'],
    });
  });

  it.each(['get', 'post'] as const)('%s knows no unknown rule', async (method) => {
    const response = await send(method, `${RULES}/${randomUUID()}/reconciliation`);
    expectProblem(response, 404, 'provisioning-rule-not-found');
  });
});
