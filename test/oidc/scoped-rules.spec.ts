import {
  type Caller,
  createOidc,
  type DraftRule,
  imagePattern,
  type ImageScope,
  mayWriteImage,
  type Oidc,
} from '@imgsrv/auth';
import { type AuthDatabase, SILENT, TRAIL, startAuthDatabase } from '../api/auth-database.js';
import { AUDIENCE, ScriptedIssuer } from './scripted-issuer.js';

let auth: AuthDatabase;
let issuer: ScriptedIssuer;
let oidc: Oidc;

beforeAll(async () => {
  auth = await startAuthDatabase();
  issuer = await ScriptedIssuer.start();
});
afterAll(async () => {
  await issuer.close();
  await auth.close();
});
beforeEach(async () => {
  await auth.database.rows('TRUNCATE principals, oidc_provisioning_rules CASCADE');
  oidc = createOidc(
    auth.database,
    SILENT,
    {
      fetch: { privateHosts: ['127.0.0.1'], httpHosts: [], extraCertificates: issuer.ca, timeoutMs: 1000 },
      keys: { maxAgeMs: 600_000, maxStaleMs: 3_600_000 },
    },
    TRAIL,
  );
});

const only = (...patterns: string[]): ImageScope => patterns.map(imagePattern);

async function authenticate(text: string): Promise<Caller> {
  return oidc.authenticator.authenticate(oidc.authenticator.read(text));
}

function draft(imageScope: ImageScope, change: Partial<DraftRule> = {}): DraftRule {
  return {
    displayName: 'pipeline',
    issuerUrl: issuer.url,
    audience: AUDIENCE,
    forwardedClaims: ['team'],
    condition: 'claims.team == "images"',
    jwksOrigins: [],
    roleIds: ['content-writer'],
    enabled: true,
    imageScope,
    ...change,
  };
}

it('limits what a rule gives to its images', async () => {
  const { rule } = await oidc.rules.create(draft(only('web-*')));
  expect(rule.imageScope).toEqual(['web-*']);
  const caller = await authenticate(await issuer.sign());
  expect(caller.imageScope).toEqual(['web-*']);
  expect([mayWriteImage(caller, 'web-1'), mayWriteImage(caller, 'db-1')]).toEqual([true, false]);
});

it('adds up what all matching rules give, and nothing of the others', async () => {
  await oidc.rules.create(draft(only('web-*')));
  await oidc.rules.create(draft(only('db')));
  await oidc.rules.create(draft(only('secret'), { condition: 'claims.team == "others"' }));
  await oidc.rules.create(draft(only('off'), { enabled: false }));
  await oidc.rules.create(draft(only('elsewhere'), { audience: 'another' }));
  expect((await authenticate(await issuer.sign())).imageScope).toEqual(['db', 'web-*']);
});

it('is for all images as soon as one matching rule is', async () => {
  await oidc.rules.create(draft(only('web-*')));
  await oidc.rules.create(draft('all'));
  expect((await authenticate(await issuer.sign())).imageScope).toBe('all');
});

it.each<[ImageScope, ImageScope]>([
  [only('by-hand'), only('by-hand', 'web-*')],
  ['all', 'all'],
])('adds a role given by hand for %j', async (byHand, expected) => {
  await oidc.rules.create(draft(only('web-*')));
  const { principalId } = await authenticate(await issuer.sign());
  await auth.principals.assignRole(principalId, 'content-writer', byHand);
  expect((await authenticate(await issuer.sign())).imageScope).toEqual(expected);
});

it('does not become wider by another role given by hand', async () => {
  await oidc.rules.create(draft(only('web-*')));
  const { principalId } = await authenticate(await issuer.sign());
  await auth.principals.assignRole(principalId, 'auth-manager');
  expect((await authenticate(await issuer.sign())).imageScope).toEqual(['web-*']);
});

it('narrows with the rule from the next request on', async () => {
  const { rule } = await oidc.rules.create(draft('all'));
  expect((await authenticate(await issuer.sign())).imageScope).toBe('all');
  await oidc.rules.replace(rule.id, draft(only('web-*')));
  expect((await authenticate(await issuer.sign())).imageScope).toEqual(['web-*']);
});
