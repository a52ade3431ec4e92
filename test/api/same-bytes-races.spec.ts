import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { type UploadSession, Uploads, WholeUploads } from '@imgsrv/cas';
import { OpenedStore } from './opened-store.js';
import { digestOf, ingest, INSPECTOR, sendWhole } from './upload-steps.js';

/** The same bytes that several bring, and that turn out to be right at the same moment: see `conflict-targets.spec.ts`, too. */

const LIMITS = { ttlMs: 60_000, maxAgeMs: 60_000, maxSizeBytes: 1e6, quota: {} };
const CHANGES = { record: () => Promise.resolve() };
const ROUNDS = 10;
const EACH = 6;

let opened: OpenedStore;
beforeEach(async () => {
  opened = await OpenedStore.open('same-bytes');
});
afterEach(() => opened.close());

const times = <Result>(count: number, action: () => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: count }, action));

async function completed(uploads: Uploads, bytes: Buffer): Promise<UploadSession> {
  const { session } = await uploads.begin(
    { expectedDigest: digestOf(bytes), expectedSizeBytes: bytes.length, createdBy: randomUUID() },
    () => Promise.resolve(false),
  );
  return sendWhole(uploads, session, bytes);
}

async function generationsOf(bytes: Buffer): Promise<number> {
  return (await opened.database.rows('SELECT FROM blobs WHERE digest = $1', [digestOf(bytes)])).length;
}

it('uploads that workers verify at the same moment are all ready', async () => {
  const { database, store } = opened;
  const uploads = new Uploads(database, store, LIMITS, CHANGES);
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = Buffer.from(randomUUID());
    const sessions = await times(EACH, () => completed(uploads, bytes));
    const settled = await Promise.all(sessions.map((session) => ingest(opened, session)));
    expect(settled.map((session) => session?.state)).toEqual(sessions.map(() => 'ready'));
    expect(await generationsOf(bytes)).toBe(1);
  }
});

it('uploads of one request that end at the same moment are all admitted', async () => {
  const { database, store } = opened;
  const whole = new WholeUploads(database, store, LIMITS, INSPECTOR, CHANGES);
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = Buffer.from(randomUUID());
    const brought = await times(EACH, () =>
      whole.put({
        expectedDigest: digestOf(bytes),
        expectedSizeBytes: bytes.length,
        createdBy: randomUUID(),
        isVisible: () => Promise.resolve(false),
        body: () => Readable.from([bytes]),
        signal: new AbortController().signal,
      }),
    );
    expect(brought).toEqual(brought.map(() => true));
    expect(await generationsOf(bytes)).toBe(1);
  }
});
