import { randomBytes, randomUUID } from 'node:crypto';
import { Transform } from 'node:stream';
import { type ObjectStore, type UploadSession, Uploads } from '@imgsrv/cas';
import { OpenedStore } from './opened-store.js';
import { digestOf, ingest, sendWhole } from './upload-steps.js';

const SIZE_BYTES = 1000;

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
    expectedDigest: digestOf(expected),
    expectedSizeBytes: expected.length,
    createdBy: randomUUID(),
  });
  return sendWhole(uploads, session, bytes);
}

async function ingestFrom(from: ObjectStore, session: UploadSession) {
  const differed: string[] = [];
  const parts = { database: catalog.database, store: from };
  const settled = await ingest(parts, session, ({ id }) => differed.push(id));
  return { settled, differed };
}

it('a bit that flips on the way from the store does not fail the upload', async () => {
  const bytes = randomBytes(SIZE_BYTES);
  const session = await completedUpload(bytes, bytes);
  const { settled, differed } = await ingestFrom(flipping(1), session);
  expect(settled).toMatchObject({ state: 'ready' });
  expect(differed).toEqual([session.id]);
});

it('bytes that are wrong twice are the fault of who brought them, and nobody is told of flipped bits', async () => {
  const session = await completedUpload(randomBytes(SIZE_BYTES), randomBytes(SIZE_BYTES));
  const { settled, differed } = await ingestFrom(store, session);
  expect(settled).toMatchObject({ state: 'failed', failure: { code: 'digest-mismatch' } });
  expect(differed).toEqual([]);
});

it('right bytes that the store never gives right do not become a blob', async () => {
  const bytes = randomBytes(SIZE_BYTES);
  const session = await completedUpload(bytes, bytes);
  const { settled, differed } = await ingestFrom(flipping(2), session);
  expect(settled).toMatchObject({ state: 'failed', failure: { code: 'digest-mismatch' } });
  expect(differed).toEqual([session.id]);
});
