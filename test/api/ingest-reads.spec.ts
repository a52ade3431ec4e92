import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { Readable, Transform } from 'node:stream';
import { Ingest, type ObjectStore, parseDigest, type UploadSession, Uploads } from '@imgsrv/cas';
import type { JobId } from '@imgsrv/jobs';
import { OpenedStore } from './opened-store.js';
import { runningJob } from './running-job.js';

const SIZE_BYTES = 1000;
const INSPECTOR = { headerBytes: 0, inspect: () => ({ detectedFormat: 'unknown' }) };

let catalog: OpenedStore;
let store: ObjectStore;

beforeAll(async () => {
  catalog = await OpenedStore.open('ingest');
  ({ store } = catalog);
}, 60_000);
afterAll(() => catalog.close());

/** The store, but bits flip on the way of the first `times` reads. */
function flipping(times: number): ObjectStore {
  let left = times;
  return Object.assign(Object.create(store) as ObjectStore, {
    openRead: async (...call: Parameters<ObjectStore['openRead']>) => {
      const read = await store.openRead(...call);
      return left-- > 0 ? { ...read, body: read.body.pipe(flipFirstBit(left)) } : read;
    },
  });
}

function flipFirstBit(mask: number): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      const flipped = Buffer.from(chunk);
      flipped[0] = (flipped[0] ?? 0) ^ (1 << mask);
      callback(null, flipped);
    },
  });
}

async function completedUpload(bytes: Buffer, expected: Buffer): Promise<UploadSession> {
  const limits = { ttlMs: 60_000, maxAgeMs: 60_000, maxSizeBytes: 1e6, quota: {} };
  const uploads = new Uploads(catalog.database, store, limits, { record: () => Promise.resolve() });
  const { session } = await uploads.begin({
    expectedDigest: parseDigest(`sha256:${createHash('sha256').update(expected).digest('hex')}`),
    expectedSizeBytes: expected.length,
    createdBy: randomUUID(),
  });
  const incoming = { partNumber: 1, sizeBytes: bytes.length, announced: [] };
  const { signal } = new AbortController();
  const part = await uploads.putPart(session.id, incoming, () => Readable.from([bytes]), signal);
  return uploads.complete(session.id, [part]);
}

async function ingest(session: UploadSession, from: ObjectStore) {
  const differed: string[] = [];
  const observer = { readsDiffered: ({ id }: UploadSession) => differed.push(id) };
  const job = runningJob(catalog.database, randomUUID() as string as JobId, { uploadId: session.id });
  const settled = await new Ingest(from, INSPECTOR, observer).run(job);
  return { settled, differed };
}

it('a bit that flips on the way from the store does not fail the upload', async () => {
  const bytes = randomBytes(SIZE_BYTES);
  const session = await completedUpload(bytes, bytes);
  const { settled, differed } = await ingest(session, flipping(1));
  expect(settled).toMatchObject({ state: 'ready' });
  expect(differed).toEqual([session.id]);
});

it('bytes that are wrong twice are the fault of who brought them, and nobody is told of flipped bits', async () => {
  const session = await completedUpload(randomBytes(SIZE_BYTES), randomBytes(SIZE_BYTES));
  const { settled, differed } = await ingest(session, store);
  expect(settled).toMatchObject({ state: 'failed', failure: { code: 'digest-mismatch' } });
  expect(differed).toEqual([]);
});

it('right bytes that the store never gives right do not become a blob', async () => {
  const bytes = randomBytes(SIZE_BYTES);
  const session = await completedUpload(bytes, bytes);
  const { settled, differed } = await ingest(session, flipping(2));
  expect(settled).toMatchObject({ state: 'failed', failure: { code: 'digest-mismatch' } });
  expect(differed).toEqual([session.id]);
});
