import { randomBytes } from 'node:crypto';
import { HttpClient } from '../support/http-client.js';
import { PublisherClient } from '../fixtures/publisher-client.js';
import { type RunningService, startService } from '../support/service.js';
import { waitFor } from '../support/wait-for.js';
import { RealIssuer } from './real-issuer.js';

const RULES = '/v1/auth/oidc-provisioning-rules';
const AUDIENCE = 'urn:imgsrv:test';

let issuer: RealIssuer;
let service: RunningService;
let admin: PublisherClient;
let ruleId: string;

beforeAll(async () => {
  issuer = await RealIssuer.start();
  service = await startService({
    apis: 2,
    flags: [
      ...['--cas-promotion-poll-interval', '200ms'],
      ...['--oidc-ca-file', issuer.caFile, '--oidc-private-hosts', '127.0.0.1'],
      ...['--oidc-keys-max-age', '1s', '--oidc-keys-max-stale', '4s'],
    ],
  });
  admin = new PublisherClient({ baseUrl: service.baseUrl }, service.bootstrapToken);
  const saved = await admin.call<{ id: string; warnings: unknown[] }>('POST', RULES, rule());
  expect(saved.warnings).toEqual([]);
  ruleId = saved.id;
}, 60_000);

afterAll(async () => {
  await service.stop();
  await issuer.stop();
}, 60_000);

function rule(change: object = {}): object {
  return {
    display_name: 'pipeline',
    issuer_url: issuer.url,
    audience: AUDIENCE,
    forwarded_claims: ['project', 'ref'],
    condition:
      'identity.subject == "pipeline" && claims.project == "images" && claims.ref == "refs/heads/main"',
    ...change,
  };
}

/** Status and problem code of a request with this token, at the second api. */
async function ask(token: string, path = '/v1/auth/whoami'): Promise<{ status: number; body: object }> {
  const { status, members } = await new HttpClient(service.baseUrls.at(-1) ?? '', token).get(path);
  return { status, body: members };
}

it('publishes a version with a token by client credentials and no stored secret', async () => {
  const token = await issuer.token(AUDIENCE);
  const publisher = new PublisherClient({ baseUrl: service.baseUrl }, token);
  await publisher.createImage('debian');
  await publisher.createVersion('debian', '13');
  const blob = await publisher.uploadFile(randomBytes(5000));
  await publisher.addArtifact('debian', '13', { format: 'raw', blob });
  await publisher.publish('debian', '13');

  expect((await ask(token)).body).toMatchObject({
    principal: { kind: 'user', display_name: 'oidc:pipeline' },
    role_ids: ['content-writer'],
    credential_kind: 'oidc-token',
  });
});

it('does not let a publisher manage auth', async () => {
  const { status, body } = await ask(await issuer.token(AUDIENCE), RULES);
  expect([status, body]).toEqual([403, expect.objectContaining({ type: 'urn:imgsrv:problem:forbidden' })]);
});

it('refuses a genuine token for another audience', async () => {
  const { status, body } = await ask(await issuer.token('urn:elsewhere'));
  expect(status).toBe(401);
  expect(body).toMatchObject({ detail: 'The JWT is meant for another audience.' });
});

it('applies a narrowed rule and a switched off one from the next request on, on every api', async () => {
  const token = await issuer.token(AUDIENCE);
  expect((await ask(token)).status).toBe(200);

  await admin.call('PUT', `${RULES}/${ruleId}`, rule({ condition: 'claims.ref == "refs/heads/release"' }));
  expect(await ask(token)).toMatchObject({
    status: 403,
    body: { type: 'urn:imgsrv:problem:no-matching-rule' },
  });
  await admin.call('PUT', `${RULES}/${ruleId}`, rule({ enabled: false }));
  expect((await ask(token)).status).toBe(401);
  await admin.call('PUT', `${RULES}/${ruleId}`, rule());
  expect((await ask(token)).status).toBe(200);
});

it('tries a draft on a real token', async () => {
  const token = await issuer.token(AUDIENCE);
  expect(await admin.call('POST', `${RULES}/evaluate`, { rule: rule(), token })).toMatchObject({
    matches: true,
    reason: 'matched',
  });
  const narrowed = rule({ condition: 'claims.ref == "refs/heads/release"' });
  expect(await admin.call('POST', `${RULES}/evaluate`, { rule: narrowed, token })).toMatchObject({
    matches: false,
    reason: 'condition-false',
  });
});

it('lets every request in while the issuer changes its key', async () => {
  const before = await issuer.token(AUDIENCE);
  expect((await ask(before)).status).toBe(200);
  await issuer.rotate();
  for (let time = 0; time < 5; time += 1) {
    expect((await ask(await issuer.token(AUDIENCE))).status).toBe(200);
  }
});

it('goes on with known keys for a bounded time while the issuer is down, then answers 503', async () => {
  const token = await issuer.token(AUDIENCE);
  expect((await ask(token)).status).toBe(200);
  await issuer.stop();
  const downAtMs = performance.now();
  expect((await ask(token)).status).toBe(200);

  const answers: number[] = [];
  await waitFor(async () => {
    const { status } = await ask(token);
    answers.push(status);
    return status !== 200;
  });

  expect(answers.at(-1)).toBe(503);
  expect(answers.length).toBeGreaterThan(1);
  expect(performance.now() - downAtMs).toBeLessThan(15_000);
  expect(await admin.call('GET', '/v1/auth/whoami')).toBeDefined();
});
