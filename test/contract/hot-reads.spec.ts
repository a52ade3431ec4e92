import { DatabaseLink } from '../support/database-link.js';
import { type Answer, HttpClient } from '../support/http-client.js';
import { TestConnection } from '../support/test-connection.js';
import { waitFor } from '../support/wait-for.js';
import { type ContractService, enroll, startContractService } from './contract-service.js';
import { publishVersion, type PublishedVersion } from './published-version.js';

const READERS = 30;

/** What many read at once from one api is what another api has just written: nothing that may change is kept. */
let service: ContractService;
let connection: TestConnection;
let link: DatabaseLink;
/** Reads from an api that nobody writes through. */
let reader: HttpClient;
let version: PublishedVersion;
let admin: HttpClient;

beforeAll(async () => {
  service = await startContractService();
  admin = await enroll(service, ['content-writer', 'content-admin']);
  connection = await TestConnection.open(service.running.databaseUrl);
  link = await DatabaseLink.open(service.running.databaseUrl);
  const { url } = await service.running.startApi([
    ...['--postgres-url', link.url],
    ...['--max-downloads-per-source', '0'],
  ]);
  reader = new HttpClient(url);
});
afterAll(async () => {
  await connection.close();
  await service.stop();
  await link.close();
});
beforeEach(async () => {
  version = await publishVersion(service);
  await expectAll(200);
});

const manifestPath = (): string => `/v1/images/${version.image}/versions/1.0`;
const refPath = (): string => `/v1/images/${version.image}/refs/1.0`;
const blobPath = (): string => `/v1/blobs/${version.artifact.digest}`;

/** The answers of many readers at once, of one path after the other. */
async function readAll(
  client = reader,
  paths = [manifestPath(), refPath(), version.artifactPath, blobPath()],
): Promise<Answer[]> {
  const answers = paths.map((path) => Array.from({ length: READERS }, () => client.get(path)));
  return Promise.all(answers.flat());
}

/** What all of them are answered, the manifest and the bytes. */
async function expectAll(status: number, client = reader): Promise<void> {
  const answers = await readAll(client);
  expect([...new Set(answers.map((answer) => answer.status))]).toEqual([status]);
  for (const answer of answers.slice(-2 * READERS).filter(() => status === 200)) {
    expect(answer.bytes.equals(version.artifactBytes)).toBe(true);
  }
}

async function write(method: string, path: string, json?: unknown): Promise<void> {
  const caller = path.endsWith('/withdrawal') ? admin : service.writer;
  const answer = await caller.send(method, path, json === undefined ? {} : { json });
  expect(answer.status).toBeLessThan(300);
}

it('answers 503 while the database is away, also for what was just read, and then everything again', async () => {
  const port = link.listeningPort;
  await link.close();
  const answers = await readAll();
  expect([...new Set(answers.map(({ status }) => status))]).toEqual([503]);
  link = await DatabaseLink.open(service.running.databaseUrl, port);
  await expectAll(200);
});

it.each<[string, () => Promise<void>, { manifest: number; bytes: number }]>([
  [
    'a version is withdrawn',
    () => write('POST', `${manifestPath()}/withdrawal`, { reason: 'broken' }),
    { manifest: 410, bytes: 404 },
  ],
  [
    'an image becomes private',
    () => write('PATCH', `/v1/images/${version.image}`, { visibility: 'private' }),
    { manifest: 404, bytes: 404 },
  ],
])('at once when %s', async (_what, act, expected) => {
  await act();
  const answers = await readAll();
  const statuses = answers.map(({ status }) => status);
  // The manifest, the ref, and the artifact by its name.
  expect(new Set(statuses.slice(0, -READERS))).toEqual(new Set([expected.manifest]));
  expect(new Set(statuses.slice(-READERS))).toEqual(new Set([expected.bytes]));
});

it('gives nobody the bytes of a blob from the moment it is known to be damaged, until it is repaired', async () => {
  const setState = (state: string): Promise<unknown> =>
    connection.rows(`UPDATE blobs SET ${state} WHERE digest = $1`, [version.artifact.digest]);
  await setState(`state = 'damaged', damage = 'mismatch', damaged_at = now()`);
  const answers = await readAll(reader, [blobPath()]);
  expect([...new Set(answers.map(({ status }) => status))]).toEqual([503]);
  await setState(`state = 'available', damage = NULL, damaged_at = NULL`);
  await expectAll(200);
});

it('does not find a blob from the moment it is collected', async () => {
  const { writer } = service;
  const path = `/v1/blobs/${version.looseBlob.digest}`;
  const other = new HttpClient(reader.baseUrl, writer.token);
  const before = await readAll(other, [path]);
  expect(new Set(before.map(({ status }) => status))).toEqual(new Set([200]));
  const asked = await (await enroll(service, ['storage-manager'])).send('DELETE', path);
  expect(asked.status).toBe(202);
  await waitFor(
    async () => {
      const [row] = await connection.rows('SELECT FROM blobs WHERE digest = $1', [version.looseBlob.digest]);
      return row === undefined ? true : undefined;
    },
    { what: 'the collection of the blob' },
  );
  const after = await readAll(other, [path]);
  expect(new Set(after.map(({ status }) => status))).toEqual(new Set([404]));
});

it('shows a version again at once when it is restored', async () => {
  await write('POST', `${manifestPath()}/withdrawal`, { reason: 'by mistake' });
  expect((await reader.get(manifestPath())).status).toBe(410);
  await write('DELETE', `${manifestPath()}/withdrawal`);
  await expectAll(200);
});

it('shows what was said of an image and a version last', async () => {
  await write('PATCH', `/v1/images/${version.image}`, { description: 'new words' });
  await write('POST', `${manifestPath()}/deprecation`, { reason: 'old' });
  const [answer] = await readAll();
  expect(answer?.json).toMatchObject({
    image: { description: 'new words' },
    version: { deprecation: { reason: 'old' } },
  });
});

it('asks anew for each audience: who may see a private image sees it beside those who may not', async () => {
  await write('PATCH', `/v1/images/${version.image}`, { visibility: 'internal' });
  const known = new HttpClient(reader.baseUrl, (await enroll(service, ['storage-manager'])).token);
  await Promise.all([expectAll(404), expectAll(200, known), expectAll(404), expectAll(200, known)]);
});

it('refuses a token at once when it is revoked, however many use it', async () => {
  const person = await service.manager.post('/v1/auth/principals', {
    kind: 'service',
    display_name: 'reader',
  });
  const tokens = `/v1/auth/principals/${String(person.members.id)}/api-tokens`;
  const expires_at = new Date(Date.now() + 3_600_000).toISOString();
  const issued = await service.manager.post(tokens, { expires_at });
  const known = new HttpClient(reader.baseUrl, String(issued.members.plaintext));
  await expectAll(200, known);
  const revoked = await service.manager.send('DELETE', `/v1/auth/api-tokens/${String(issued.members.id)}`);
  expect(revoked.status).toBe(204);
  await expectAll(401, known);
});
