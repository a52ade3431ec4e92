import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeWholeQcow2 } from '../../libs/catalog/src/formats/fixtures/whole-qcow2.js';
import { readRealArchive } from '../../libs/streams/src/metadata/fixtures/real-archives.js';
import { RealIssuer } from '../oidc/real-issuer.js';
import type { Answer } from '../support/http-client.js';
import { type ContractService, enroll, startContractService } from './contract-service.js';
import { type Column, makeColumns } from './visibility-columns.js';

/** `npm run visibility-matrix` writes the page anew, for somebody to read the difference. */
const WRITES_PAGE = process.env.IMGSRV_TEST_WRITE_VISIBILITY_MATRIX === '1';
const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'reference', 'visibility-matrix.md');

jest.setTimeout(120_000);

const VISIBILITIES = ['public', 'internal', 'private'] as const;
type Visibility = (typeof VISIBILITIES)[number];
const LETTERS: Readonly<Record<Visibility, string>> = { public: 'P', internal: 'I', private: 'X' };

/** What there is to be seen of an image, or what there would be: of an absent one everything is a guess. */
interface Thing {
  readonly name: string;
  readonly digest: string;
  readonly hex: string;
  readonly fileName: string;
  /** Its key in the documents of Simple Streams. */
  readonly product: string;
  readonly artifactId: string;
  readonly attachmentId: string;
}

/** A way to see an image: the answer that tells, and whether it does. */
interface Way {
  readonly route: string;
  readonly path: (thing: Thing) => string;
  readonly method?: 'GET' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  readonly isPage?: true;
  /** Of lists: whether the image is in them; else a success tells. */
  readonly shows?: (answer: Answer, thing: Thing) => boolean;
}

const names = ({ bytes }: Answer, { name }: Thing): boolean => bytes.includes(`"${name}`);
const links = ({ bytes }: Answer, { name }: Thing): boolean => bytes.includes(`/images/${name}"`);
const products = ({ bytes }: Answer, { product }: Thing): boolean => bytes.includes(`"${product}"`);
const image = ({ name }: Thing): string => `/v1/images/${name}`;
const version = (thing: Thing): string => `${image(thing)}/versions/1`;
const artifact = (thing: Thing): string => `${version(thing)}/artifacts/${thing.artifactId}`;
const CHANNEL = 'everything';

const WAYS: readonly Way[] = [
  { route: 'GET /v1/images', path: () => '/v1/images?limit=500', shows: names },
  { route: 'GET /v1/images/:name', path: image },
  { route: 'GET /v1/images/:name/versions', path: (thing) => `${image(thing)}/versions` },
  { route: 'GET /v1/images/:name/versions/:version', path: version },
  {
    route: 'GET /v1/images/:name/versions/:version (withdrawn)',
    path: (thing) => `${image(thing)}/versions/0`,
    shows: ({ status }) => status === 410,
  },
  { route: 'GET /v1/images/:name/refs/:ref', path: (thing) => `${image(thing)}/refs/latest` },
  {
    route: 'GET /v1/images/:name/refs/:ref (withdrawn)',
    path: (thing) => `${image(thing)}/refs/0`,
    shows: ({ status }) => status === 410,
  },
  { route: 'GET /v1/images/:name/aliases', path: (thing) => `${image(thing)}/aliases` },
  { route: 'GET /v1/images/:name/aliases/:alias', path: (thing) => `${image(thing)}/aliases/latest` },
  {
    route: 'GET /v1/images/:name/versions/:version/artifacts',
    path: (thing) => `${version(thing)}/artifacts`,
  },
  { route: 'GET /v1/images/:name/versions/:version/artifacts/:artifact_id', path: artifact },
  { route: 'GET …/artifacts/:artifact_id/download', path: (thing) => `${artifact(thing)}/download` },
  {
    route: 'HEAD …/artifacts/:artifact_id/download',
    method: 'HEAD',
    path: (thing) => `${artifact(thing)}/download`,
  },
  {
    route: 'GET …/artifacts/:artifact_id/download, a range',
    headers: { range: 'bytes=0-1' },
    path: (thing) => `${artifact(thing)}/download`,
  },
  {
    route: 'GET …/artifacts/:artifact_id/download, If-None-Match',
    headers: { 'if-none-match': '*' },
    path: (thing) => `${artifact(thing)}/download`,
    shows: ({ status }) => status === 304,
  },
  {
    route: 'GET …/attachments/:attachment_id/download',
    path: (thing) => `${artifact(thing)}/attachments/${thing.attachmentId}/download`,
  },
  { route: 'GET /v1/blobs/:digest', path: ({ digest }) => `/v1/blobs/${digest}` },
  { route: 'HEAD /v1/blobs/:digest', method: 'HEAD', path: ({ digest }) => `/v1/blobs/${digest}` },
  { route: 'GET /streams/v1/index.json', path: () => '/streams/v1/index.json', shows: products },
  { route: 'GET /streams/v1/images.json', path: () => '/streams/v1/images.json', shows: products },
  {
    route: 'GET /streams/v1/files/:hex/:file_name',
    path: ({ hex, fileName }) => `/streams/v1/files/${hex}/${fileName}`,
  },
  {
    route: 'GET /c/:channel/streams/v1/images.json',
    path: () => `/c/${CHANNEL}/streams/v1/images.json`,
    shows: products,
  },
  {
    route: 'GET /c/:channel/streams/v1/files/:hex/:file_name',
    path: ({ hex, fileName }) => `/c/${CHANNEL}/streams/v1/files/${hex}/${fileName}`,
  },
  { route: 'GET / (page)', isPage: true, path: ({ name }) => `/?q=${name}`, shows: links },
  { route: 'GET /images/:name (page)', isPage: true, path: ({ name }) => `/images/${name}` },
  { route: 'GET /images/:name/:ref (page)', isPage: true, path: ({ name }) => `/images/${name}/1` },
];

let service: ContractService;
let issuer: RealIssuer;
let columns: readonly Column[];
const prefix = `m${randomUUID().slice(0, 8)}-`;
const things = {} as Record<Visibility, Thing>;
let absent: Thing;

beforeAll(async () => {
  issuer = await RealIssuer.start();
  service = await startContractService({
    flags: ['--oidc-ca-file', issuer.caFile, '--oidc-private-hosts', '127.0.0.1'],
  });
  columns = await makeColumns(service, issuer, prefix);
  for (const visibility of VISIBILITIES) {
    things[visibility] = await publish(`${prefix}${visibility}`, visibility);
  }
  absent = {
    ...things.private,
    name: `${prefix}absent`,
    digest: `sha256:${'0'.repeat(64)}`,
    hex: '0'.repeat(64),
  };
  const channel = { image_patterns: [`${prefix}*`], alias: 'latest' };
  expect((await service.writer.put(`/v1/channels/${CHANNEL}`, channel)).status).toBe(200);
});
afterAll(async () => {
  await service.stop();
  await issuer.stop();
});

/** An image with a published version, one that was withdrawn, and an alias. */
async function publish(name: string, visibility: Visibility): Promise<Thing> {
  const { publisher, writer } = service;
  const made = await writer.post('/v1/images', { name, visibility });
  expect(made).toMatchObject({ status: 201, members: { visibility } });
  const [first, second] = [await publishVersion(name, '0'), await publishVersion(name, '1')];
  await publisher.setAlias(name, 'latest', '1');
  const admin = await enroll(service, ['content-admin', 'content-writer']);
  expect((await admin.post(`/v1/images/${name}/versions/0/withdrawal`, { reason: 'wrong' })).status).toBe(
    200,
  );
  expect(first.digest).not.toBe(second.digest);
  return { ...second, name };
}

async function publishVersion(name: string, version: string): Promise<Omit<Thing, 'name'>> {
  const { publisher, writer } = service;
  const disk = makeWholeQcow2();
  disk.write(randomUUID(), 60_000);
  const blob = await publisher.uploadFile(disk);
  const metadata = await publisher.uploadFile(readRealArchive('split'));
  await publisher.createVersion(name, version);
  const { id: artifactId } = await publisher.addArtifact(name, version, { format: 'qcow2', blob });
  const { id: attachmentId } = await publisher.addAttachment(name, version, artifactId, {
    name: 'incus.tar.xz',
    blob: metadata,
  });
  await publisher.publish(name, version);
  const hex = blob.digest.slice('sha256:'.length);
  const listed = await writer.get('/streams/v1/images.json');
  const listing = listed.members.products as Readonly<Record<string, object>>;
  const [product, description] =
    Object.entries(listing).find(([, each]) => JSON.stringify(each).includes(hex)) ?? [];
  const [, fileName] = new RegExp(`streams/v1/files/${hex}/([^"]+)`).exec(JSON.stringify(description)) ?? [];
  if (product === undefined || fileName === undefined) {
    throw new Error(`${name} is not in the documents`);
  }
  return { digest: blob.digest, hex, fileName, product, artifactId, attachmentId };
}

async function ask({ reader }: Column, { method, path, headers }: Way, thing: Thing): Promise<Answer> {
  return reader.send(method ?? 'GET', path(thing), headers === undefined ? {} : { headers });
}

async function isSeen(column: Column, way: Way, thing: Thing): Promise<boolean> {
  const answer = await ask(column, way, thing);
  return way.shows?.(answer, thing) ?? answer.status < 300;
}

function mustSee(column: Column, way: Way, visibility: Visibility): boolean {
  if (way.isPage === true && column.isLink === true) {
    return false;
  }
  const sees = {
    public: column.seesPublic ?? true,
    internal: column.seesInternal,
    private: column.seesPrivate,
  };
  return sees[visibility];
}

it('shows by every route to every reader what the visibility says, and nothing else', async () => {
  const wrong: string[] = [];
  for (const way of WAYS) {
    for (const column of columns) {
      for (const visibility of VISIBILITIES) {
        const seen = await isSeen(column, way, things[visibility]);
        if (seen !== mustSee(column, way, visibility)) {
          wrong.push(`${column.name}: ${way.route} of a ${visibility} image is ${seen ? '' : 'not '}seen`);
        }
      }
    }
  }
  expect(wrong).toEqual([]);
});

it('answers of what somebody may not see as of what is absent', async () => {
  const different: string[] = [];
  for (const way of WAYS.filter(({ shows }) => shows !== names && shows !== links && shows !== products)) {
    for (const column of columns) {
      for (const visibility of VISIBILITIES.filter((each) => !mustSee(column, way, each))) {
        const [hidden, none] = [await ask(column, way, things[visibility]), await ask(column, way, absent)];
        if (tellable(hidden) !== tellable(none)) {
          different.push(`${column.name}: ${way.route}: ${tellable(hidden)} and ${tellable(none)}`);
        }
      }
    }
  }
  expect(different).toEqual([]);
});

/** All of an answer that does not differ from request to request anyway. */
function tellable({ status, headers, bytes }: Answer): string {
  const kept = Object.entries(headers).filter(([name]) => !CHANGING.has(name));
  const body = bytes
    .toString()
    .replaceAll(/"instance":"[^"]*"/g, '')
    .replaceAll(new RegExp(`${prefix}\\w+`, 'g'), 'NAME');
  return JSON.stringify([status, kept, body.replaceAll(UUID, 'ID')]);
}

const CHANGING = new Set(['date', 'x-request-id', 'content-length']);
const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

it('lets no cache give to others what depends on the caller', async () => {
  const shared: string[] = [];
  for (const way of WAYS) {
    for (const column of columns.filter(({ name }) => name !== 'none')) {
      const { headers } = await ask(column, way, things.private);
      const { 'cache-control': control = '', vary = '' } = headers;
      const varies = column.isLink === true || vary.includes('Authorization');
      if (!/\b(private|no-store)\b/.test(control) || !varies) {
        shared.push(`${column.name}: ${way.route}: ${control}; ${vary}`);
      }
    }
  }
  expect(shared).toEqual([]);
});

it('is what the page says', async () => {
  const header = ['route', ...columns.map(({ name }) => name)];
  const rows = WAYS.map((way) => [
    `\`${way.route}\``,
    ...columns.map(
      (column) =>
        VISIBILITIES.filter((visibility) => mustSee(column, way, visibility))
          .map((visibility) => LETTERS[visibility])
          .join(' ') || '–',
    ),
  ]);
  const text = await readFile(PAGE, 'utf8');
  const before = text.slice(0, text.indexOf('| route'));
  const table = [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  if (WRITES_PAGE) {
    await writeFile(PAGE, `${before}${table.join('\n')}\n`);
  }
  expect(cellsOf(await readFile(PAGE, 'utf8'))).toEqual(cellsOf(table.join('\n')));
});

function cellsOf(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|[\s:|-]+\|$/.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()));
}
