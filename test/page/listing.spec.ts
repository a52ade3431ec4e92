import { gunzipSync } from 'node:zlib';
import { startTestApi, type TestApi } from '../api/auth-api.js';
import { type AuthDatabase, startAuthDatabase } from '../api/auth-database.js';
import { type Answer, HttpClient } from '../support/http-client.js';
import { StatementCounter } from '../support/statement-counter.js';

const IMAGES = 1000;
const LARGEST_BYTES = 60 * 1024;

let auth: AuthDatabase;
let counter: StatementCounter;
let server: TestApi;
let client: HttpClient;

beforeAll(async () => {
  auth = await startAuthDatabase();
  await fill(auth);
  counter = await StatementCounter.before(auth.url);
  server = await startTestApi(counter.url);
  client = new HttpClient(server.url);
}, 60_000);

afterAll(async () => {
  await server.close();
  await counter.close();
  await auth.close();
});

/** Images with two versions each, published without a worker. */
async function fill({ database }: AuthDatabase): Promise<void> {
  await database.transaction(async (tx) => {
    // What is published is kept from changes by triggers, and gets there by a job.
    const tables = ['images', 'versions', 'artifacts', 'aliases'];
    for (const table of tables) await tx.rows(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
    await tx.rows(
      `INSERT INTO images (name, display_name, description)
       SELECT 'image-' || lpad(n::text, 4, '0'), 'Image number ' || n, repeat('What it is for, in many words. ', 8)
         FROM generate_series(1, ${IMAGES}) AS n`,
    );
    await tx.rows(
      `INSERT INTO versions (image_id, version, state, published_at)
       SELECT i.id, 'v' || n, 'published', now() - n * interval '1 day' FROM images i, generate_series(1, 2) AS n`,
    );
    await tx.rows(
      `INSERT INTO artifacts (version_id, variant, operating_system, architecture, format, primary_blob_digest,
                              primary_blob_size_bytes, primary_media_type)
       SELECT v.id, 'default', 'linux', a, 'qcow2', 'sha256:' || repeat('0', 64), 1, 'application/octet-stream'
         FROM versions v, unnest(ARRAY['amd64', 'arm64']) AS a`,
    );
    await tx.rows(
      `INSERT INTO aliases (image_id, alias, version_id)
       SELECT v.image_id, a, v.id FROM versions v, unnest(ARRAY['latest', 'stable']) AS a WHERE v.version = 'v1'`,
    );
    for (const table of tables) await tx.rows(`ALTER TABLE ${table} ENABLE TRIGGER USER`);
    await tx.rows('SELECT recount_published(NULL)');
  });
}

function namesOn({ bytes, headers }: Answer): string[] {
  const html = headers['content-encoding'] === 'gzip' ? gunzipSync(bytes).toString() : bytes.toString();
  return [...html.matchAll(/href="\/images\/([^"]+)"/g)].map(([, name]) => name ?? '');
}

it('shows 1000 images 50 at a time, each once, by following the links', async () => {
  const names: string[] = [];
  let path: string | undefined = '/';
  while (path !== undefined) {
    const page: Answer = await client.get(path);
    expect(page.status).toBe(200);
    const found = namesOn(page);
    expect(found.length).toBe(50);
    names.push(...found);
    path = /rel="next"\s+href="([^"]+)"/.exec(page.bytes.toString())?.[1]?.replaceAll('&amp;', '&');
  }
  expect(names.length).toBe(IMAGES);
  expect(new Set(names).size).toBe(IMAGES);
});

it('reads a page of the list in one statement', async () => {
  counter.forget();
  await client.get('/');
  expect(counter.statements.filter((text) => text.includes('FROM images'))).toHaveLength(1);
});

it('searches all of them, for every word and in any case', async () => {
  expect(namesOn(await client.get('/?q=NUMBER%20777'))).toEqual(['image-0777']);
  expect(namesOn(await client.get('/?q=0777%20purpose'))).toEqual([]);
  expect(namesOn(await client.get('/?q=%25')).length).toBe(0);
  const page = await client.get('/?q=image-09');
  expect(namesOn(page).length).toBe(50);
  expect(page.bytes.toString()).toMatch(/href="\/\?q=image-09&amp;cursor=/);
});

it('sends less than 60 KiB with the files that a page loads', async () => {
  const gzip = { 'accept-encoding': 'gzip' };
  const page = await client.get('/', gzip);
  const files = [
    ...gunzipSync(page.bytes)
      .toString()
      .matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g),
  ];
  expect(files.length).toBe(3);
  let sent = page.bytes.length;
  for (const [, path] of files) {
    const file = await client.get(path ?? '', gzip);
    expect(file).toMatchObject({
      status: 200,
      headers: { 'cache-control': 'public, max-age=31536000, immutable', 'content-encoding': 'gzip' },
    });
    sent += file.bytes.length;
  }
  expect(sent).toBeLessThan(LARGEST_BYTES);
});
