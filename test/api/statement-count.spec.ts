import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import request from 'supertest';
import { AUDIENCE, ScriptedIssuer } from '../oidc/scripted-issuer.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { startTestApi, type TestApi } from './auth-api.js';
import { type AuthDatabase, startAuthDatabase } from './auth-database.js';

let folder: Awaited<ReturnType<typeof createTemporaryFolder>>;
let auth: AuthDatabase;
let issuer: ScriptedIssuer;
let server: TestApi;

beforeAll(async () => {
  folder = await createTemporaryFolder('statements');
  auth = await startAuthDatabase();
  issuer = await ScriptedIssuer.start();
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
  await folder.remove();
});

/** The statements that one request sends to the database. */
async function statementsOf(path: string, credential?: string): Promise<readonly string[]> {
  const sent = jest.spyOn(Client.prototype, 'query');
  try {
    const test = request(server.url).get(path);
    await (credential === undefined ? test : test.set('Authorization', `Bearer ${credential}`)).expect(200);
    return sent.mock.calls.map(([statement]) => textOf(statement));
  } finally {
    sent.mockRestore();
  }
}

function textOf(statement: unknown): string {
  return typeof statement === 'string' ? statement : String(Reflect.get(Object(statement), 'text'));
}

it('an anonymous read asks for nothing but what it answers with', async () => {
  const statements = await statementsOf('/v1/images');
  expect(statements).toHaveLength(1);
  expect(statements[0]).toContain('FROM images');
});

it('an API token costs one statement more', async () => {
  const { issued } = await auth.holder(['content-writer']);
  // The first use is written down, which later ones within a minute are not.
  await request(server.url).get('/v1/images').set('Authorization', `Bearer ${issued.plaintext}`).expect(200);
  await auth.database.rows('UPDATE api_tokens SET last_used_at = now()');
  const statements = await statementsOf('/v1/images', issued.plaintext);
  expect(statements).toHaveLength(2);
  expect(statements[0]).toContain('FROM api_tokens');
});

it('a JWT whose keys are known costs two more: the rules of its issuer and its principal', async () => {
  const { issued } = await auth.holder(['auth-manager']);
  await request(server.url)
    .post('/v1/auth/oidc-provisioning-rules')
    .set('Authorization', `Bearer ${issued.plaintext}`)
    .send({
      display_name: 'pipeline',
      issuer_url: issuer.url,
      audience: AUDIENCE,
      forwarded_claims: ['team'],
      condition: 'claims.team == "images"',
    })
    .expect(201);
  const token = await issuer.sign();
  await request(server.url).get('/v1/images').set('Authorization', `Bearer ${token}`).expect(200);
  const asked = issuer.requests.length;
  const statements = await statementsOf('/v1/images', token);
  expect(statements).toHaveLength(3);
  expect(statements[0]).toContain('FROM oidc_provisioning_rules');
  expect(statements[1]).toContain('FROM oidc_identities');
  expect(issuer.requests).toHaveLength(asked);
});
