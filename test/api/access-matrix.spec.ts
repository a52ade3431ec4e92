import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectStore } from '@imgsrv/cas';
import { DeclaredRoutes } from '../../apps/api/src/access/declared-routes.js';
import { OBJECT_STORE } from '../../apps/api/src/foundation.module.js';
import { type Answer, type Call, HttpClient } from '../support/http-client.js';
import { ScriptedIssuer } from '../oidc/scripted-issuer.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { type AccessCase, accessCases } from './access-matrix/access-cases.js';
import { AccessTargets, type Target } from './access-matrix/access-targets.js';
import {
  type Column,
  COLUMNS,
  type CredentialKind,
  issueCredentials,
  rulesFor,
} from './access-matrix/credential-kinds.js';
import { type Matrix, readMatrix, rowName, writeMatrix } from './access-matrix/matrix-page.js';
import { startTestApi, type TestApi } from './auth-api.js';
import { type AuthDatabase, startAuthDatabase } from './auth-database.js';

/** `npm run access-matrix` writes the page anew, for somebody to read the difference. */
const WRITES_PAGE = process.env.IMGSRV_TEST_WRITE_ACCESS_MATRIX === '1';

jest.setTimeout(300_000);

let auth: AuthDatabase;
let issuer: ScriptedIssuer;
let server: TestApi;
let removeFiles: () => Promise<void>;
let kinds: readonly CredentialKind[];
let things: AccessTargets;
let cases: readonly AccessCase[];
/** What the api really answers. */
let found: Matrix;

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
  await server.api.readiness.start();
  const admin = (await auth.holder(['auth-manager', 'content-admin', 'content-writer'])).issued.plaintext;
  const manager = new HttpClient(server.url, admin);
  for (const rule of rulesFor(issuer)) {
    expect((await manager.post('/v1/auth/oidc-provisioning-rules', rule)).status).toBe(201);
  }
  kinds = await issueCredentials(auth, issuer, async (token) => {
    expect((await new HttpClient(server.url, token).get('/v1/auth/whoami')).status).toBe(200);
  });
  const store = server.api.app.get<ObjectStore>(OBJECT_STORE, { strict: false });
  things = new AccessTargets(server.url, auth.database, store, admin);
  cases = accessCases(issuer.url);
  found = await tryAll();
  if (WRITES_PAGE) {
    await writeMatrix(found);
  }
});
afterAll(async () => {
  await server.close();
  await issuer.close();
  await auth.close();
  await removeFiles();
});

it('has a row for every route that there is, and for no other', () => {
  const declared = server.api.app
    .get(DeclaredRoutes, { strict: false })
    .list()
    .map(({ method, path }) => `${method} ${path}`);
  expect([...new Set(cases.map(({ route }) => route))].sort()).toEqual([...new Set(declared)].sort());
});

it('has a credential for every column', () => {
  expect(COLUMNS.filter((column) => !kinds.some((kind) => kind.column === column))).toEqual([]);
});

it('answers every request as the page says', async () => {
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(await readMatrix()));
});

/** What no new page may change, whoever writes it: the decisions behind the table. */
describe('the page never says that', () => {
  const PROBE = /^GET \/(healthz|readyz|assets\/:asset) /;
  const REFUSED: readonly Column[] = ['garbage', 'expired', 'revoked', 'disabled'];
  const ANYBODY: readonly Column[] = ['none', 'no role'];
  const NO_WRITER: readonly Column[] = [...ANYBODY, 'manager', 'storage'];
  const NO_MANAGER = COLUMNS.filter((column) => column !== 'manager' && column !== 'both');
  const NOT_COVERED: readonly Column[] = ['scoped out', 'admin out', 'OIDC out'];
  const NO_ADMIN: readonly Column[] = [...NO_WRITER, 'writer', 'both', 'scoped in', 'OIDC', 'OIDC in'];
  const WITHDRAWS = /^\w+ \S+\/(withdrawal|restoration)|^(PUT|DELETE) \S+\/retention/;
  const NO_STORAGE_MANAGER = COLUMNS.filter((column) => column !== 'storage');
  const STORED = /^(\w+ (\/v1)?\/storage|DELETE \/v1\/blobs)/;
  const MANAGED = /^\w+ \/(v1\/(auth\/(?!whoami)|audit-events)|admin)/;

  it.each<[string, RegExp, readonly Column[], (status: string) => boolean]>([
    ['a credential that does not hold is good for anything', /./, REFUSED, (status) => status !== '401'],
    ['a JWT that no rule matches is good for anything', /./, ['OIDC no match'], (s) => s !== '403'],
    ['who has no role changes something', /^(?!GET |POST \/sign-)/, ANYBODY, isSuccess],
    ['an auth-manager writes content', /^(?!GET )\w+ \/(v1\/(?!auth)|images|jobs)/, ['manager'], isSuccess],
    ['who is no auth-manager manages auth', MANAGED, NO_MANAGER, isSuccess],
    ['who is no content-admin withdraws, or says what stays', WITHDRAWS, NO_ADMIN, isSuccess],
    ['who is no storage-manager manages the storage', STORED, NO_STORAGE_MANAGER, isSuccess],
    [
      'a storage-manager changes anything else',
      /^(?!GET |POST (\/v1)?\/storage\/|DELETE \/v1\/blobs\/|POST \/sign-)/,
      ['storage'],
      isSuccess,
    ],
    ['who is no writer sees a draft', /\| draft$/, NO_WRITER, isSuccess],
    ['a limited writer sees drafts of others', /\| draft$/, NOT_COVERED, isSuccess],
    [
      'a limited writer changes what is not covered',
      /^(?!GET |POST \/v1\/uploads \||PUT \/v1\/blobs\/|POST \/sign-)/,
      NOT_COVERED,
      isSuccess,
    ],
    ['a limited writer sees jobs and uploads of others', /:job_id|:upload_id/, NOT_COVERED, isSuccess],
    ['what is published is hidden from anybody', /^GET .*\| published$/, ANYBODY, (s) => !isSuccess(s)],
  ])('%s', async (_what, rows, columns, isWrong) => {
    const matrix = [...(await readMatrix())].filter(([name]) => rows.test(name) && !PROBE.test(name));
    expect(matrix.length).toBeGreaterThan(0);
    const wrong = matrix.flatMap(([name, row]) =>
      columns.filter((column) => isWrong(row[column])).map((column) => `${name}, ${column}: ${row[column]}`),
    );
    expect(wrong).toEqual([]);
  });
});

function isSuccess(status: string): boolean {
  return status.startsWith('2') || status === '303';
}

async function tryAll(): Promise<Matrix> {
  const matrix = new Map<string, Record<Column, string>>();
  for (const candidate of cases) {
    const statuses = new Map<Column, Map<string, string>>();
    const targets = new Map<string, Target>();
    for (const kind of kinds) {
      const status = await tryOne(candidate, kind, targets);
      const shared = statuses.get(kind.column) ?? new Map<string, string>();
      statuses.set(kind.column, shared.set(kind.name, status));
    }
    matrix.set(rowName(candidate.route, candidate.of), toRow(statuses));
  }
  return matrix;
}

/** The status of a request, with a remark when a refusal lacks what it must have. What was used up is made anew. */
async function tryOne(
  { route, target, body }: AccessCase,
  kind: CredentialKind,
  targets: Map<string, Target>,
): Promise<string> {
  const key = kind.scope === 'covered' ? kind.name : kind.scope;
  const made = targets.get(key) ?? (await target(things, kind));
  targets.set(key, made);
  const [method = '', template = ''] = route.split(' ');
  const path = template.replaceAll(/:(\w+)/g, (_match, name: string) => {
    const value = made[name];
    if (value === undefined) {
      throw new Error(`no value for ${name} in ${route}`);
    }
    return value;
  });
  const content = body?.(made, kind);
  const client = new HttpClient(server.url, kind.token);
  const isForm = method === 'POST' && !template.startsWith('/v1/');
  const call = Buffer.isBuffer(content)
    ? { body: content }
    : isForm
      ? formCall(content)
      : content === undefined
        ? {}
        : { json: content };
  const answer = await client.send(method, path, call);
  if (method !== 'GET' && answer.status < 400) {
    targets.delete(key);
  }
  if (method === 'GET') {
    const head = await client.head(path);
    if (head.status !== answer.status) {
      return `${answer.status}, but HEAD ${head.status}`;
    }
  }
  return `${answer.status}${isWellRefused(answer, kind) ? '' : ' without the problem or challenge it needs'}`;
}

/** As a browser sends a form of a page. */
function formCall(fields: unknown): Call {
  return {
    body: new URLSearchParams({ ...(fields as Readonly<Record<string, string>>) }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
  };
}

/** A refusal says how to authenticate, and as a problem why; an image that is not covered is no matter of that. */
function isWellRefused({ status, headers, json }: Answer, kind: CredentialKind): boolean {
  const problem = (json as { readonly type?: string } | undefined)?.type?.replace('urn:imgsrv:problem:', '');
  const challenge = headers['www-authenticate'];
  switch (status) {
    case 401:
      return (
        problem === 'unauthenticated' &&
        challenge === (kind.token === undefined ? 'Bearer' : 'Bearer error="invalid_token"')
      );
    case 403:
      return problem === 'image-out-of-scope'
        ? challenge === undefined
        : problem === (kind.column === 'OIDC no match' ? 'no-matching-rule' : 'forbidden') &&
            challenge === 'Bearer error="insufficient_scope"';
    default:
      return true;
  }
}

/** One status for each column, or, where its kinds differ, all of them with their names. */
function toRow(statuses: ReadonlyMap<Column, ReadonlyMap<string, string>>): Record<Column, string> {
  const cells = COLUMNS.map((column) => {
    const byKind = statuses.get(column) ?? new Map<string, string>();
    const different = [...new Set(byKind.values())];
    const [only = ''] = different;
    const all = [...byKind].map(([name, status]) => `${name}: ${status}`).join(', ');
    return [column, different.length === 1 ? only : all];
  });
  return Object.fromEntries(cells) as Record<Column, string>;
}
