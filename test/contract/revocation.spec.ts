import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AUDIENCE, ScriptedIssuer } from '../oidc/scripted-issuer.js';
import { type RunningService, startService } from '../support/service.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { type Answer, HttpClient } from '../support/http-client.js';
import { expectProblem } from './problem.js';

/** Whatever the one api changes, the very next request at the other one must know. */
const PRINCIPALS = '/v1/auth/principals';
const RULES = '/v1/auth/oidc-provisioning-rules';

jest.setTimeout(60_000);
let service: RunningService;
let issuer: ScriptedIssuer;
let removeFiles: () => Promise<void>;
/** Where everything is changed. */
let manager: HttpClient;
let otherUrl: string;

beforeAll(async () => {
  issuer = await ScriptedIssuer.start();
  const folder = await createTemporaryFolder('oidc-ca');
  removeFiles = () => folder.remove();
  const caFile = join(folder.path, 'ca.pem');
  await writeFile(caFile, issuer.ca);
  service = await startService({
    apis: 2,
    workers: 0,
    flags: ['--oidc-ca-file', caFile, '--oidc-private-hosts', '127.0.0.1'],
  });
  const [first = '', second = ''] = service.baseUrls;
  manager = new HttpClient(first, service.bootstrapToken);
  otherUrl = second;
});
afterAll(async () => {
  await service.stop();
  await issuer.close();
  await removeFiles();
});

interface Holder {
  /** `/v1/auth/principals/…` */
  readonly path: string;
  readonly tokenPath: string;
  /** With the token of the principal, at the other api. */
  readonly client: HttpClient;
}

/** A principal with both roles, whose token the other api has just let in. */
async function newHolder(): Promise<Holder> {
  const created = await manager.post(PRINCIPALS, { kind: 'service', display_name: 'holder' });
  const path = `${PRINCIPALS}/${(created.json as { id: string }).id}`;
  await change('PUT', `${path}/roles/content-writer`);
  await change('PUT', `${path}/roles/auth-manager`);
  const expires_at = new Date(Date.now() + 3_600_000).toISOString();
  const issued = await manager.post(`${path}/api-tokens`, { expires_at });
  const { id, plaintext } = issued.json as { id: string; plaintext: string };
  const client = new HttpClient(otherUrl, plaintext);
  expect((await makeImage(client)).status).toBe(201);
  expect((await client.get(PRINCIPALS)).status).toBe(200);
  return { path, tokenPath: `/v1/auth/api-tokens/${id}`, client };
}

async function change(method: string, path: string, json?: unknown): Promise<void> {
  const answer = await manager.send(method, path, json === undefined ? {} : { json });
  expect(answer.status).toBeLessThan(300);
}

function makeImage(client: HttpClient, prefix = 'any'): Promise<Answer> {
  return client.post('/v1/images', { name: `${prefix}-${randomUUID()}` });
}

describe('the next request with an API token at another api', () => {
  it.each<[string, (holder: Holder) => Promise<void>]>([
    ['the token is revoked', ({ tokenPath }) => change('DELETE', tokenPath)],
    ['the principal is disabled', ({ path }) => change('PATCH', path, { disabled: true })],
    ['the principal is deleted', ({ path }) => change('DELETE', path)],
  ])('is a 401 everywhere when %s', async (_what, act) => {
    const holder = await newHolder();
    await act(holder);
    expectProblem(await makeImage(holder.client), 401, 'unauthenticated');
    expectProblem(await holder.client.get('/v1/images'), 401, 'unauthenticated');
    expectProblem(await holder.client.get(PRINCIPALS), 401, 'unauthenticated');
  });

  it('is let in again when a disabled principal is enabled', async () => {
    const { path, client } = await newHolder();
    await change('PATCH', path, { disabled: true });
    await change('PATCH', path, { disabled: false });
    expect((await makeImage(client)).status).toBe(201);
  });

  it('is a 403 for content when content-writer is taken, and only there', async () => {
    const { path, client } = await newHolder();
    await change('DELETE', `${path}/roles/content-writer`);
    expectProblem(await makeImage(client), 403, 'forbidden');
    expect((await client.get(PRINCIPALS)).status).toBe(200);
  });

  it('is a 403 for auth when auth-manager is taken, and only there', async () => {
    const { path, client } = await newHolder();
    await change('DELETE', `${path}/roles/auth-manager`);
    expectProblem(await client.get(PRINCIPALS), 403, 'forbidden');
    expect((await makeImage(client)).status).toBe(201);
  });

  it('is a 403 for images that a narrowed role leaves out', async () => {
    const { path, client } = await newHolder();
    await change('PUT', `${path}/roles/content-writer`, { image_patterns: ['ours-*'] });
    expectProblem(await makeImage(client), 403, 'image-out-of-scope');
    expect((await makeImage(client, 'ours')).status).toBe(201);
  });
});

describe('the next request with a JWT at another api', () => {
  const rule = {
    display_name: 'pipeline',
    issuer_url: '',
    audience: AUDIENCE,
    forwarded_claims: ['team'],
    condition: 'claims.team == "images"',
  };
  let client: HttpClient;
  let rulePath: string;

  beforeEach(async () => {
    rule.issuer_url = issuer.url;
    const saved = await manager.post(RULES, rule);
    rulePath = `${RULES}/${(saved.json as { id: string }).id}`;
    client = new HttpClient(otherUrl, await issuer.sign(issuer.claims({ sub: randomUUID() })));
    expect((await makeImage(client)).status).toBe(201);
  });
  afterEach(async () => {
    await manager.send('DELETE', rulePath);
  });

  it.each<[string, (path: string) => Promise<void>]>([
    ['switched off', (path) => change('PUT', path, { ...rule, enabled: false })],
    ['deleted', (path) => change('DELETE', path)],
    ['for another audience', (path) => change('PUT', path, { ...rule, audience: 'elsewhere' })],
  ])('is a 401 when its rule is %s', async (_what, act) => {
    await act(rulePath);
    expectProblem(await makeImage(client), 401, 'unauthenticated');
    expectProblem(await client.get('/v1/images'), 401, 'unauthenticated');
  });

  it('is a 403 when the condition of its rule is narrowed', async () => {
    await change('PUT', rulePath, { ...rule, condition: 'claims.team == "release"' });
    expectProblem(await makeImage(client), 403, 'no-matching-rule');
  });

  it('is a 403 when its rule forwards a claim no more', async () => {
    await change('PUT', rulePath, { ...rule, forwarded_claims: [] });
    expectProblem(await makeImage(client), 403, 'no-matching-rule');
  });

  it('is a 403 for images that its narrowed rule leaves out', async () => {
    await change('PUT', rulePath, { ...rule, image_patterns: ['ours-*'] });
    expectProblem(await makeImage(client), 403, 'image-out-of-scope');
    expect((await makeImage(client, 'ours')).status).toBe(201);
  });

  it.each<[string, (path: string) => Promise<void>]>([
    ['disabled', (path) => change('PATCH', path, { disabled: true })],
    ['deleted', (path) => change('DELETE', path)],
  ])('is a 401 when its principal is %s', async (_what, act) => {
    const { json } = await client.get('/v1/auth/whoami');
    await act(`${PRINCIPALS}/${(json as { principal: { id: string } }).principal.id}`);
    expectProblem(await makeImage(client), 401, 'unauthenticated');
    expectProblem(await client.get('/v1/images'), 401, 'unauthenticated');
  });

  it('is a 403 for auth when a role that was given by hand is taken', async () => {
    const { json } = await client.get('/v1/auth/whoami');
    const role = `${PRINCIPALS}/${(json as { principal: { id: string } }).principal.id}/roles/auth-manager`;
    await change('PUT', role);
    expect((await client.get(PRINCIPALS)).status).toBe(200);
    await change('DELETE', role);
    expectProblem(await client.get(PRINCIPALS), 403, 'forbidden');
  });
});
