import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HttpClient } from '../support/http-client.js';
import { AUDIENCE, ScriptedIssuer } from '../oidc/scripted-issuer.js';
import { StatementCounter } from '../support/statement-counter.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { waitFor } from '../support/wait-for.js';
import { startTestApi, type TestApi } from './auth-api.js';
import { type AuthDatabase, startAuthDatabase } from './auth-database.js';
import { StreamsCatalog } from './streams-catalog.js';

/** What knowing who calls costs the database. */
const TOKEN = /\bFROM api_tokens\b/;
const RULES = /\bFROM oidc_provisioning_rules\b/;
const IDENTITY = /\bFROM oidc_identities\b/;

const IMAGE = '/v1/images/debian';
const MANIFEST = `${IMAGE}/versions/12`;

let auth: AuthDatabase;
let issuer: ScriptedIssuer;
let counter: StatementCounter;
let server: TestApi;
let removeFiles: () => Promise<void>;
let catalog: StreamsCatalog;
let token: string;
let jwt: string;

beforeAll(async () => {
  auth = await startAuthDatabase();
  issuer = await ScriptedIssuer.start();
  counter = await StatementCounter.before(auth.url);
  const folder = await createTemporaryFolder('oidc-ca');
  removeFiles = () => folder.remove();
  const caFile = join(folder.path, 'ca.pem');
  await writeFile(caFile, issuer.ca);
  server = await startTestApi(counter.url, {
    isDatabaseThere: true,
    flags: ['--oidc-ca-file', caFile, '--oidc-private-hosts', '127.0.0.1'],
  });
  catalog = new StreamsCatalog(auth.database);
  await catalog.publishNew('debian', '12');
  token = (await auth.holder(['auth-manager', 'content-writer'])).issued.plaintext;
  const rule = {
    ...{ display_name: 'pipeline', issuer_url: issuer.url, audience: AUDIENCE },
    ...{ forwarded_claims: ['team'], condition: 'claims.team == "images"' },
  };
  await new HttpClient(server.url, token).post('/v1/auth/oidc-provisioning-rules', rule);
  jwt = await issuer.sign();
  await warmUp();
});
afterAll(async () => {
  await server.close();
  await counter.close();
  await issuer.close();
  await auth.close();
  await removeFiles();
});

/** The principal of the JWT exists, and the use of the API token is on record: neither happens at every request. */
async function warmUp(): Promise<void> {
  for (const credential of [token, jwt]) {
    expect((await new HttpClient(server.url, credential).get(IMAGE)).status).toBe(200);
  }
  await waitFor(
    async () => {
      const used = await auth.database.rows('SELECT 1 FROM api_tokens WHERE last_used_at IS NOT NULL');
      return used.length > 0;
    },
    { what: 'the recorded use of the token' },
  );
}

/** What a published version declares is remembered for some seconds. */
beforeEach(async () => {
  await new HttpClient(server.url).get(MANIFEST);
});

/** Refusals are written in batches after the answer, whenever that is. */
const REFUSALS = /^INSERT INTO audit_events\b/;

/** The statements of a request. */
async function statementsOf(
  path: string,
  credential: string | undefined,
  status: number,
): Promise<readonly string[]> {
  counter.forget();
  const answer = await new HttpClient(server.url, credential).get(path);
  expect(answer.status).toBe(status);
  return counter.statements.filter((text) => !REFUSALS.test(text));
}

it('sees every statement, those of a transaction too', async () => {
  counter.forget();
  await server.api.database.transaction(async (tx) => {
    await tx.rows('SELECT $1::int AS one', [1]);
  });
  expect(counter.statements).toEqual(['START TRANSACTION', 'SELECT $1::int AS one', 'COMMIT']);
});

it.each<[string, number]>([
  [IMAGE, 1],
  ['/v1/images', 1],
  // The version with its image, and what Simple Streams made of it; no transaction.
  [MANIFEST, 2],
])('an anonymous GET %s takes %i statement(s), none about who calls', async (path, count) => {
  const statements = await statementsOf(path, undefined, 200);
  expect(statements.filter((text) => /api_tokens|oidc_|principals|role_assignments/.test(text))).toEqual([]);
  expect(statements).toHaveLength(count);
});

it('a manifest that nobody has read lately takes two more, for its artifacts and attachments', async () => {
  await catalog.publishNew('debian', '13');
  const path = `${IMAGE}/versions/13`;
  expect(await statementsOf(path, undefined, 200)).toHaveLength(4);
  expect(await statementsOf(path, undefined, 200)).toHaveLength(2);
});

it.each([IMAGE, MANIFEST])('an API token adds one statement to GET %s', async (path) => {
  const anonymous = await statementsOf(path, undefined, 200);
  const [first = '', ...others] = await statementsOf(path, token, 200);
  expect(first).toMatch(TOKEN);
  expect(others).toHaveLength(anonymous.length);
});

it.each([IMAGE, MANIFEST])('a JWT of a known subject adds two statements to GET %s', async (path) => {
  const anonymous = await statementsOf(path, undefined, 200);
  issuer.requests.length = 0;
  const [first = '', second = '', ...others] = await statementsOf(path, jwt, 200);
  expect(first).toMatch(RULES);
  expect(second).toMatch(IDENTITY);
  expect(others).toHaveLength(anonymous.length);
  expect(issuer.requests).toEqual([]);
});

it.each<[string, () => Promise<string> | string, readonly RegExp[]]>([
  ['what is no token', () => 'garbage', []],
  ['an API token with a wrong checksum', () => `${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`, []],
  ['a JWT with a symmetric algorithm', () => issuer.sign(undefined, { alg: 'HS256' }, Buffer.alloc(32)), []],
  ['a JWT of an unknown issuer', () => issuer.sign(issuer.claims({ iss: 'https://o.example' })), [RULES]],
  ['a JWT with a wrong signature', () => `${jwt.slice(0, jwt.lastIndexOf('.'))}.AAAA`, [RULES]],
  ['a JWT for another audience', () => issuer.sign(issuer.claims({ aud: 'elsewhere' })), [RULES]],
])('%s costs no more than it must to be refused', async (_what, credential, expected) => {
  const statements = await statementsOf(IMAGE, await credential(), 401);
  expect(statements.map((text) => expected.some((pattern) => pattern.test(text)) || text)).toEqual(
    expected.map(() => true),
  );
});

it('a probe takes none', async () => {
  expect(await statementsOf('/healthz', token, 204)).toEqual([]);
});
