import * as zlib from 'node:zlib';
import { type Answer, HttpClient } from '../support/http-client.js';
import { startTestApi, type TestApi } from './auth-api.js';
import { waitFor } from '../support/wait-for.js';
import { OpenedDatabase } from '../support/database.js';
import { digestOf, METADATA, randomBytes, StreamsCatalog } from './streams-catalog.js';

let opened: OpenedDatabase;
let server: TestApi;
let catalog: StreamsCatalog;
const root = randomBytes();

beforeAll(async () => {
  opened = await OpenedDatabase.open();
  catalog = new StreamsCatalog(opened.database);
  await catalog.publishNew('debian', '12:1+git', [{ root }]);
  server = await startTestApi(opened.database.url ?? '');
});

afterAll(async () => {
  await server.close();
  await opened.close();
});

type Headers = Readonly<Record<string, string>>;

const ask = (path: string, headers: Headers = {}, method = 'GET'): Promise<Answer> =>
  new HttpClient(server.url).send(method, path, { headers });

const DOCUMENTS = ['/streams/v1/index.json', '/streams/v1/images.json'];
const GZIP = { 'accept-encoding': 'gzip' };
const { gunzipSync } = zlib;
/** Node has it from 22.15 on; before, nobody is sent any. */
const { zstdDecompressSync } = zlib as { readonly zstdDecompressSync?: (bytes: Buffer) => Buffer };

describe.each(DOCUMENTS)('GET %s', (path) => {
  it('answers anyone with JSON that caches and web pages may keep', async () => {
    const { status, headers, bytes } = await ask(path);
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'access-control-allow-origin': '*',
      'cache-control': 'public, max-age=60',
      'content-length': `${bytes.length}`,
      'content-type': 'application/json; charset=utf-8',
      vary: 'Accept-Encoding, Authorization',
    });
    expect(headers.etag).toMatch(/^"[0-9a-f]{64}"$/);
    expect(Date.parse(headers['last-modified'] ?? '')).not.toBeNaN();
    expect(headers['content-encoding']).toBeUndefined();
    expect(JSON.parse(bytes.toString())).toBeInstanceOf(Object);
  });

  it('answers under the id of the request, whatever the query', async () => {
    const { status, headers } = await ask(`${path}?x=1`, { 'x-request-id': 'mine' });
    expect([status, headers['x-request-id']]).toEqual([200, 'mine']);
    for (const other of [`${path}/`, path.toUpperCase(), `/${path}`]) {
      expect((await ask(other)).status).toBe(404);
    }
  });

  it('compresses for those who accept it, under another entity tag', async () => {
    const plain = await ask(path);
    const compressed = await ask(path, GZIP);
    expect(compressed.headers).toMatchObject({
      'content-encoding': 'gzip',
      'content-length': `${compressed.bytes.length}`,
      vary: 'Accept-Encoding, Authorization',
    });
    expect(gunzipSync(compressed.bytes)).toEqual(plain.bytes);
    expect(compressed.headers.etag).not.toBe(plain.headers.etag);
  });

  it('sends zstd to those who prefer it, where there is one, and gzip otherwise', async () => {
    const plain = await ask(path);
    const expected = zstdDecompressSync === undefined ? 'gzip' : 'zstd';
    // It is made when somebody asks for it, and until then gzip has to do.
    const { headers, bytes } = await waitFor(
      async () => {
        const answer = await ask(path, { 'accept-encoding': 'gzip;q=0.9, zstd' });
        return answer.headers['content-encoding'] === expected ? answer : undefined;
      },
      { what: `the document as ${expected}` },
    );
    const decompress = zstdDecompressSync ?? gunzipSync;
    expect(headers['content-length']).toBe(`${bytes.length}`);
    expect(decompress(bytes)).toEqual(plain.bytes);
    expect(new Set([plain.headers.etag, (await ask(path, GZIP)).headers.etag]).has(headers.etag)).toBe(
      zstdDecompressSync === undefined,
    );
  });

  it('does not compress for those who refuse it', async () => {
    const { headers } = await ask(path, { 'accept-encoding': 'gzip;q=0, br' });
    expect(headers['content-encoding']).toBeUndefined();
  });

  it.each<[string, Headers]>([
    ['plain', {}],
    ['compressed', GZIP],
  ])('answers HEAD as GET, without the bytes (%s)', async (_, headers) => {
    const got = await ask(path, headers);
    const head = await ask(path, headers, 'HEAD');
    expect(head.status).toBe(200);
    expect(head.bytes).toHaveLength(0);
    for (const name of [
      'etag',
      'content-length',
      'content-type',
      'content-encoding',
      'vary',
      'last-modified',
    ]) {
      expect([name, head.headers[name]]).toEqual([name, got.headers[name]]);
    }
  });

  it.each<[string, (etag: string, lastModified: string) => Headers]>([
    ['the entity tag', (etag) => ({ 'if-none-match': etag })],
    ['a weak form of it', (etag) => ({ 'if-none-match': `W/${etag}` })],
    ['a list with it', (etag) => ({ 'if-none-match': `"x", ${etag}` })],
    ['any', () => ({ 'if-none-match': '*' })],
    ['the time', (_, lastModified) => ({ 'if-modified-since': lastModified })],
  ])('answers 304 to a client that has it: %s', async (_, conditions) => {
    for (const encoding of [{}, GZIP]) {
      const { headers } = await ask(path, encoding);
      const asked = conditions(headers.etag ?? '', headers['last-modified'] ?? '');
      const { status, headers: answered, bytes } = await ask(path, { ...encoding, ...asked });
      expect(status).toBe(304);
      expect(bytes).toHaveLength(0);
      expect(answered).toMatchObject({
        etag: headers.etag,
        'cache-control': 'public, max-age=60',
        vary: 'Accept-Encoding, Authorization',
        'access-control-allow-origin': '*',
      });
      expect(answered['content-length']).toBeUndefined();
      expect(answered['content-encoding']).toBeUndefined();
    }
  });

  it('answers 200 to a client that has something else', async () => {
    const { headers } = await ask(path, GZIP);
    const others: Headers[] = [
      { 'if-none-match': '"other"' },
      // The tag of the compressed bytes says nothing of the plain ones.
      { 'if-none-match': headers.etag ?? '' },
      { 'if-none-match': '"other"', 'if-modified-since': headers['last-modified'] ?? '' },
      { 'if-modified-since': 'Thu, 01 Jan 2015 00:00:00 GMT' },
    ];
    for (const conditions of others) {
      expect((await ask(path, conditions)).status).toBe(200);
    }
  });

  it('answers 412 when the client demands other bytes', async () => {
    const { status, headers } = await ask(path, { 'if-match': '"other"' });
    expect(status).toBe(412);
    expect(headers['content-type']).toContain('application/problem+json');
  });

  it('refuses other methods and bad credentials', async () => {
    const deleted = await ask(path, {}, 'DELETE');
    expect([deleted.status, deleted.headers.allow]).toEqual([405, 'GET, HEAD']);
    expect((await ask(path, { authorization: 'Bearer nonsense' })).status).toBe(401);
  });
});

it('changes the entity tag with what is published, and not before', async () => {
  const tags = async () => Promise.all(DOCUMENTS.map(async (path) => (await ask(path)).headers.etag));
  const before = await tags();
  const draft = await catalog.draft('debian', '13');
  await catalog.index(draft);
  expect(await tags()).toEqual(before);
  await catalog.publish(draft);
  const after = await tags();
  expect(after[0]).not.toBe(before[0]);
  expect(after[1]).not.toBe(before[1]);
});

describe('a listed file', () => {
  const paths = async (): Promise<string[]> => {
    const document = JSON.parse((await ask('/streams/v1/images.json')).bytes.toString()) as {
      products: Record<string, { versions: Record<string, { items: Record<string, { path: string }> }> }>;
    };
    return Object.values(document.products)
      .flatMap(({ versions }) => Object.values(versions))
      .flatMap(({ items }) => Object.values(items).map(({ path }) => path));
  };

  it('is there for HEAD under the path of the document', async () => {
    const path = (await paths()).find((candidate) => candidate.endsWith('debian-12_1_git-amd64.squashfs'));
    const { status, headers } = await ask(`/${path ?? ''}`, {}, 'HEAD');
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'accept-ranges': 'bytes',
      'content-length': `${root.length}`,
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment; filename="debian-12_1_git-amd64.squashfs"',
      etag: `"${digestOf(root)}"`,
    });
  });

  it.each<[string, () => string, number]>([
    ['its name', () => `${digestOf(METADATA).slice(7)}/debian-12_1_git-amd64.incus.tar.xz`, 200],
    ['any other name', () => `${digestOf(METADATA).slice(7)}/renamed.tar.xz`, 404],
    ['the name of another file', () => `${digestOf(METADATA).slice(7)}/debian-12_1_git-amd64.squashfs`, 404],
    ["a program's name", () => `${digestOf(root).slice(7)}/setup.exe`, 404],
    ['a digest that is not listed', () => `${'a'.repeat(64)}/x.squashfs`, 404],
    ['a digest in upper case', () => `${digestOf(root).slice(7).toUpperCase()}/x.squashfs`, 400],
    ['no name', () => digestOf(root).slice(7), 404],
    ['a name that leaves the folder', () => `${digestOf(root).slice(7)}/..%2f..%2fx`, 400],
    ['a name with a quote', () => `${digestOf(root).slice(7)}/a%22b`, 400],
  ])('under %s', async (_, path, status) => {
    const answer = await ask(`/streams/v1/files/${path()}`, {}, 'HEAD');
    expect(answer.status).toBe(status);
  });

  it('is not there before it is published', async () => {
    const hidden = randomBytes();
    const draft = await catalog.draft('debian', '14', [{ root: hidden }]);
    await catalog.index(draft);
    const path = `/streams/v1/files/${digestOf(hidden).slice(7)}/debian-14-amd64.squashfs`;
    const { status, headers, bytes } = await ask(path);
    expect([status, headers['content-type']]).toEqual([404, 'application/problem+json']);
    expect(JSON.parse(bytes.toString())).toMatchObject({ type: 'urn:imgsrv:problem:streams-file-not-found' });
    await catalog.publish(draft);
    expect((await ask(path, {}, 'HEAD')).status).toBe(200);
  });
});
