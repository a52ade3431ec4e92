import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RefusalRecorder } from '@imgsrv/audit';
import request from 'supertest';
import { generateToken } from '../../libs/auth/src/tokens/token.codec.js';
import { startTestApi, type TestApi } from '../api/auth-api.js';
import { type AuthDatabase, startAuthDatabase } from '../api/auth-database.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { AUDIENCE, ScriptedIssuer } from './scripted-issuer.js';

const LIMIT = 5;

let auth: AuthDatabase;
let issuer: ScriptedIssuer;
let folder: Awaited<ReturnType<typeof createTemporaryFolder>>;
let server: TestApi;

beforeAll(async () => {
  auth = await startAuthDatabase();
  issuer = await ScriptedIssuer.start();
  folder = await createTemporaryFolder('oidc-ca');
  const caFile = join(folder.path, 'ca.pem');
  await writeFile(caFile, issuer.ca);
  server = await startTestApi(auth.url, {
    isDatabaseThere: true,
    flags: [
      ...['--oidc-ca-file', caFile, '--oidc-private-hosts', '127.0.0.1'],
      ...['--failed-auth-limit', String(LIMIT)],
    ],
  });
  const { plaintext } = (await auth.holder(['auth-manager'])).issued;
  await request(server.url)
    .post('/v1/auth/oidc-provisioning-rules')
    .set('Authorization', `Bearer ${plaintext}`)
    .send({
      display_name: 'pipeline',
      issuer_url: issuer.url,
      audience: AUDIENCE,
      forwarded_claims: ['team'],
      condition: 'claims.team == "images"',
    })
    .expect(201);
});
afterAll(async () => {
  await server.close();
  await issuer.close();
  await auth.close();
  await folder.remove();
});

async function statusOf(token: string): Promise<number> {
  return (await request(server.url).get('/v1/auth/whoami').set('Authorization', `Bearer ${token}`)).status;
}

it('shuts out none of 19 fresh jobs behind the address of a client with a wrong token', async () => {
  const wrong = generateToken('imgsrv_at_').plaintext;
  const before = [];
  for (let failure = 0; failure <= LIMIT; failure += 1) before.push(await statusOf(wrong));
  expect(before.at(-1)).toBe(429);
  const jobs = Array.from({ length: 19 }, (_, job) => issuer.sign(issuer.claims({ jti: `job-${job}` })));
  const statuses = await Promise.all(jobs.map(async (job) => statusOf(await job)));
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect(await statusOf(wrong)).toBe(429);
});

it('counts a genuine JWT that no rule lets in, and records it once a minute with how often', async () => {
  const stranger = (job: number) =>
    issuer.sign(issuer.claims({ team: 'other', sub: 'stranger', jti: `j${job}` }));
  const statuses = [];
  for (let job = 0; job < 2 * LIMIT; job += 1) statuses.push(await statusOf(await stranger(job)));
  expect(statuses.slice(0, LIMIT)).toEqual(Array.from({ length: LIMIT }, () => 403));
  expect(statuses.slice(LIMIT)).toContain(429);
  expect(await statusOf(await issuer.sign())).toBe(200);
  await server.api.app.get(RefusalRecorder, { strict: false }).settled();
  const rows = await auth.database.rows<{ count: number }>(
    `SELECT (facts->>'count')::int AS count FROM audit_events WHERE reason = 'no-matching-rule' ORDER BY id`,
  );
  expect(rows.map(({ count }) => count)).toEqual([1, 2 * LIMIT - 1]);
});
