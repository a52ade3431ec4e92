import type { JSONWebKeySet } from 'jose';
import { IssuerKeys } from '../../libs/auth/src/oidc/issuer/issuer-keys.js';
import type { Pipeline } from '../../libs/auth/src/oidc/pipeline.js';
import { OidcAuthenticator } from '../../libs/auth/src/oidc/oidc-authenticator.js';
import { type AuthDatabase, SILENT, TRAIL, startAuthDatabase } from '../api/auth-database.js';
import { ScriptedIssuer } from './scripted-issuer.js';

const GITHUB = 'https://token.actions.githubusercontent.com';

let auth: AuthDatabase;
let signer: ScriptedIssuer;
let authenticator: OidcAuthenticator;

beforeAll(async () => {
  auth = await startAuthDatabase();
  signer = await ScriptedIssuer.start();
  const keys: JSONWebKeySet = { keys: [signer.publicJwk] };
  const known = new IssuerKeys((issuer) => Promise.resolve({ keys, origin: new URL(issuer).origin }), {
    maxAgeMs: 60_000,
    maxStaleMs: 0,
  });
  authenticator = new OidcAuthenticator(auth.database, known, SILENT, TRAIL);
});
afterAll(async () => {
  await signer.close();
  await auth.close();
});

async function callFrom(
  issuer: string,
  sub: string,
  claims: object = {},
): Promise<{ kind: string; displayName: string; pipeline?: Pipeline }> {
  await auth.database.rows(
    `INSERT INTO oidc_provisioning_rules (display_name, issuer_url, audience, forwarded_claims, condition, enabled)
     VALUES ('any', $1, 'imgsrv', '{}', 'true', true)`,
    [issuer],
  );
  const token = await signer.sign(signer.claims({ iss: issuer, sub, ...claims }));
  const { principalKind, displayName, pipeline } = await authenticator.authenticate(
    authenticator.read(token),
  );
  return { kind: principalKind, displayName, ...(pipeline === undefined ? {} : { pipeline }) };
}

it.each([
  [GITHUB, 'repo:o/r:ref:refs/heads/main', 'service', 'github-actions:repo:o/r:ref:refs/heads/main'],
  [`${GITHUB}/enterprise`, 'repo:o/r:environment:x', 'service', 'github-actions:repo:o/r:environment:x'],
  ['https://github.example/_services/token', 'repo:o/r:x', 'service', 'github-actions:repo:o/r:x'],
  ['https://github.example/a/_services/token', 'repo:o/r:x', 'user', 'oidc:repo:o/r:x'],
  [`${GITHUB}.example`, 'repo:o/r:environment:x', 'user', 'oidc:repo:o/r:environment:x'],
  ['https://issuer.example', 'a'.repeat(1000), 'user', `oidc:${'a'.repeat(250)}`],
])('names the principal of %s by its subject', async (issuer, sub, kind, displayName) => {
  expect(await callFrom(issuer, sub)).toEqual({ kind, displayName });
});

it('knows the pipeline of a job', async () => {
  const sha = '0123456789abcdef0123456789abcdef01234567';
  const job = { repository: 'octo/images', sha, run_id: '7' };
  expect(await callFrom(GITHUB, 'repo:octo/images:ref:refs/heads/main', job)).toMatchObject({
    pipeline: { repositoryUrl: 'https://github.com/octo/images', commit: sha },
  });
});
