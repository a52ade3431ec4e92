import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';
import { BlobReader, type ObjectStore, parseDigest } from '@imgsrv/cas';
import { type ContentRun, type Declaration, findContentProblems, type FormatName } from '@imgsrv/catalog';
import { OpenedStore } from './opened-store.js';

let catalog: OpenedStore;
let store: ObjectStore;

beforeAll(async () => {
  catalog = await OpenedStore.open('content-checks');
  ({ store } = catalog);
}, 60_000);
afterAll(() => catalog.close());

/** A verified blob, declared as an artifact of that format. */
async function declared(bytes: Buffer, format: FormatName = 'raw'): Promise<Declaration> {
  const digest = parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
  const key = `content-checks/${randomUUID()}`;
  const uploadId = await store.createMultipartUpload(key);
  const part = { key, uploadId, partNumber: 1, sizeBytes: bytes.length };
  const { etag } = await store.putPart(part, Readable.from([bytes], { objectMode: false }));
  await store.completeMultipartUpload(key, uploadId, [{ partNumber: 1, etag, sizeBytes: bytes.length }]);
  await catalog.database.transaction((tx) =>
    tx.rows(
      `INSERT INTO blobs (digest, size_bytes, storage_key, detected_format) VALUES ($1, $2, $3, 'unknown')
       ON CONFLICT DO NOTHING`,
      [digest, bytes.length, key],
    ),
  );
  return {
    artifactId: randomUUID() as string as Declaration['artifactId'],
    artifact: `linux amd64 default ${format}`,
    format,
    digest,
    sizeBytes: bytes.length,
  };
}

type Open = (...call: Parameters<ObjectStore['openRead']>) => ReturnType<ObjectStore['openRead']>;

/** One attempt over the store, with `openRead` replaced, and what it told of itself. */
function attempt(
  openRead: Open = (...call) => store.openRead(...call),
  signal = new AbortController().signal,
) {
  const told = { opened: 0, expectedBytes: 0, progress: [] as (readonly [number, number])[] };
  const counting = Object.assign(Object.create(store) as ObjectStore, {
    openRead: (...call: Parameters<ObjectStore['openRead']>) => {
      told.opened += 1;
      return openRead(...call);
    },
  });
  const run: ContentRun = {
    blobs: new BlobReader(catalog.database, counting),
    signal,
    expectBytes: (sizeBytes) => {
      told.expectedBytes += sizeBytes;
    },
    onProgress: (...progress) => {
      told.progress.push(progress);
    },
    write: (work) => catalog.database.transaction(work),
  };
  return {
    told,
    find: (...declarations: Declaration[]) => findContentProblems(catalog.database, declarations, run),
  };
}

async function keptVerdicts({ digest }: Declaration): Promise<object[]> {
  return catalog.database.rows(
    'SELECT check_name, check_version, problem FROM content_verdicts WHERE digest = $1',
    [digest],
  );
}

const disk = (): Buffer => Buffer.concat([Buffer.alloc(512), randomBytes(100_000)]);
const page = (): Buffer => Buffer.from(`<html>${randomUUID()}${' '.repeat(9000)}`);
const unreadable: Open = () => Promise.reject(new Error('this is not read again'));

it('reads equal bytes once, whoever declares them, and keeps what was found', async () => {
  const [sound, unsound] = [await declared(disk()), await declared(page())];
  const first = attempt();
  const problem = expect.stringMatching(
    /^Artifact linux amd64 default raw: The bytes .* an HTML page/,
  ) as string;
  expect(await first.find(sound, unsound, { ...sound }, { ...unsound })).toEqual([problem, problem]);
  expect(first.told.opened).toBe(3);
  expect(await keptVerdicts(sound)).toEqual([{ check_name: 'raw', check_version: 1, problem: null }]);
  const second = attempt(unreadable);
  expect(await second.find(unsound, sound)).toEqual([problem]);
  expect(second.told).toEqual({ opened: 0, expectedBytes: 0, progress: [] });
});

it('keeps apart what checks of other formats find in the same bytes', async () => {
  const bytes = disk();
  expect(await attempt().find(await declared(bytes, 'raw'), await declared(bytes, 'qcow2'))).toEqual([
    expect.stringMatching(/default qcow2: /) as string,
  ]);
});

it('does not go by the verdict of another version of a check', async () => {
  const unsound = await declared(page());
  await catalog.database.transaction((tx) =>
    tx.rows(`INSERT INTO content_verdicts (digest, check_name, check_version) VALUES ($1, 'raw', 0)`, [
      unsound.digest,
    ]),
  );
  expect(await attempt().find(unsound)).toHaveLength(1);
});

it('gives the job time for what is opened, and tells how far it is', async () => {
  const [one, other] = [await declared(disk()), await declared(disk())];
  const { told, find } = attempt();
  await find(one, other);
  expect(told.expectedBytes).toBe(2 * 65_536);
  const total = one.sizeBytes + other.sizeBytes;
  const done = told.progress.map(([doneBytes]) => doneBytes);
  expect(done).toEqual(done.toSorted((a, b) => a - b));
  expect(told.progress.at(0)).toEqual([65_536, total]);
  expect(told.progress.at(-1)).toEqual([total, total]);
});

it('looks twice before it finds a problem: a bit that flips on the way is none', async () => {
  const sound = await declared(disk());
  let reads = 0;
  const flipping: Open = async (...call) => {
    const read = await store.openRead(...call);
    reads += 1;
    return reads > 1
      ? read
      : { ...read, body: Readable.from([Buffer.from('<html>'.padEnd(65_536))], { objectMode: false }) };
  };
  expect(await attempt(flipping).find(sound)).toEqual([]);
  expect(reads).toBe(2);
});

describe('is no verdict:', () => {
  const failing: [string, Open][] = [
    ['a store that does not open', () => Promise.reject(new Error('the store is away'))],
    [
      'a store that breaks off',
      () => {
        const body = new PassThrough();
        body.write('<html>');
        setImmediate(() => body.destroy(new Error('the store is away')));
        return Promise.resolve({ sizeBytes: 100_512, body });
      },
    ],
  ];
  it.each(failing)('%s', async (_what, openRead) => {
    const sound = await declared(disk());
    await expect(attempt(openRead).find(sound)).rejects.toThrow('the store is away');
    expect(await keptVerdicts(sound)).toEqual([]);
    expect(await attempt().find(sound)).toEqual([]);
  });

  it('a job that is ended in the middle of it', async () => {
    const sound = await declared(disk());
    const ending = new AbortController();
    const hanging: Open = (_key, options) => {
      const body = new PassThrough({ signal: options?.signal });
      setImmediate(() => {
        ending.abort(new Error('the job was canceled'));
      });
      return Promise.resolve({ sizeBytes: 100_512, body });
    };
    await expect(attempt(hanging, ending.signal).find(sound)).rejects.toThrow('the job was canceled');
    expect(await keptVerdicts(sound)).toEqual([]);
  });
});
