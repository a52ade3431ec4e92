import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { Ingest, parseDigest, type UploadSession, Uploads, WholeUploads } from '@imgsrv/cas';
import type { JobId } from '@imgsrv/jobs';
import { OpenedStore } from './opened-store.js';
import { runningJob } from './running-job.js';

/** The same bytes that several bring, and that turn out to be right at the same moment: see `conflict-targets.spec.ts`, too. */

const LIMITS = { ttlMs: 60_000, maxAgeMs: 60_000, maxSizeBytes: 1e6, quota: {} };
const INSPECTOR = { headerBytes: 0, inspect: () => ({ detectedFormat: 'unknown' }) };
const CHANGES = { record: () => Promise.resolve() };
const ROUNDS = 10;
const EACH = 6;

let opened: OpenedStore;
beforeEach(async () => {
  opened = await OpenedStore.open('same-bytes');
});
afterEach(() => opened.close());

const digestOf = (bytes: Buffer) => parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
const times = <Result>(count: number, action: () => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: count }, action));

async function completed(uploads: Uploads, bytes: Buffer): Promise<UploadSession> {
  const { session } = await uploads.begin(
    { expectedDigest: digestOf(bytes), expectedSizeBytes: bytes.length, createdBy: randomUUID() },
    () => Promise.resolve(false),
  );
  const incoming = { partNumber: 1, sizeBytes: bytes.length, announced: [] };
  const { signal } = new AbortController();
  const part = await uploads.putPart(session.id, incoming, () => Readable.from([bytes]), signal);
  await uploads.complete(session.id, [part]);
  return session;
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
    const settled = await Promise.all(
      sessions.map(({ id }) =>
        new Ingest(store, INSPECTOR, { readsDiffered: () => undefined }).run(
          runningJob(database, randomUUID() as string as JobId, { uploadId: id }),
        ),
      ),
    );
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
