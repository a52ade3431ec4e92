import { randomUUID } from 'node:crypto';
import { type ObjectStore, type UploadSession, Uploads } from '@imgsrv/cas';
import type { Database } from '@imgsrv/platform';
import { someoneWaits } from '../support/database.js';
import { collect, discardedKeys, graceLeftMs, isBlob } from './collection-steps.js';
import { OpenedStore } from './opened-store.js';
import { digestOf, ingest, sendWhole } from './upload-steps.js';

/** Uploads of bytes whose blob is collected at the same moment, with real transactions that wait for each other. */

const LIMITS = { ttlMs: 60_000, maxAgeMs: 60_000, maxSizeBytes: 1e6, quota: {} };

let opened: OpenedStore;
let database: Database;
let store: ObjectStore;
let uploads: Uploads;

beforeEach(async () => {
  opened = await OpenedStore.open('races');
  ({ database, store } = opened);
  uploads = new Uploads(database, store, LIMITS, { record: () => Promise.resolve() });
});
afterEach(() => opened.close());

function begin(bytes: Buffer) {
  return uploads.begin({
    expectedDigest: digestOf(bytes),
    expectedSizeBytes: bytes.length,
    createdBy: randomUUID(),
  });
}

/** Verified bytes that nothing has referred to for long. */
async function dueUpload(bytes: Buffer): Promise<UploadSession> {
  const { session } = await begin(bytes);
  await sendWhole(uploads, session, bytes);
  await ingest(opened, session);
  await database.rows(
    `INSERT INTO collection_candidates (digest, since, review_after) VALUES ($1, '2020-01-01', '2020-01-02')`,
    [digestOf(bytes)],
  );
  return session;
}

/** What a collection does to one blob, in a transaction that stays open while `meanwhile` begins. */
async function whileCollected(bytes: Buffer, meanwhile: () => void): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.rows('SELECT FROM blobs WHERE digest = $1 FOR UPDATE', [digestOf(bytes)]);
    meanwhile();
    await someoneWaits(database);
    await tx.rows('DELETE FROM blobs WHERE digest = $1', [digestOf(bytes)]);
  });
}

it('an upload that would be ready while its blob is collected has to bring the bytes', async () => {
  const bytes = Buffer.from(randomUUID());
  await dueUpload(bytes);
  let begun: ReturnType<typeof begin> | undefined;
  await whileCollected(bytes, () => {
    begun = begin(bytes);
  });
  expect(await begun).toMatchObject({ isNew: true, session: { state: 'created' } });
});

it('an upload that was ready just before keeps its blob for a whole grace', async () => {
  const bytes = Buffer.from(randomUUID());
  await dueUpload(bytes);
  expect(await begin(bytes)).toMatchObject({ isNew: false, session: { state: 'ready' } });
  expect(await graceLeftMs(database, digestOf(bytes))).toBeUndefined();
  expect(await collect(database)).toMatchObject({ removedBlobs: 0, newCandidates: 1 });
  expect(await graceLeftMs(database, digestOf(bytes))).toBeGreaterThan(6 * 24 * 3_600_000);
});

it('uploads that begin while everything is collected are ready with their blob, or begin anew', async () => {
  const all = Array.from({ length: 20 }, () => Buffer.from(randomUUID()));
  for (const bytes of all) await dueUpload(bytes);
  const [begun] = await Promise.all([
    Promise.all(all.map((bytes) => begin(bytes))),
    ...Array.from({ length: 4 }, () => collect(database)),
  ]);
  await collect(database);
  for (const [index, { isNew }] of begun.entries()) {
    expect(await isBlob(database, digestOf(all[index] ?? Buffer.alloc(0)))).toBe(!isNew);
  }
});

it('bytes that were brought again while their blob is collected become the blob, at their own key', async () => {
  const bytes = Buffer.from(randomUUID());
  const first = await dueUpload(bytes);
  const { session: second } = await uploads.begin(
    { expectedDigest: digestOf(bytes), expectedSizeBytes: bytes.length, createdBy: randomUUID() },
    () => Promise.resolve(false),
  );
  await sendWhole(uploads, second, bytes);
  let ingested: ReturnType<typeof ingest> | undefined;
  await whileCollected(bytes, () => {
    ingested = ingest(opened, second);
  });
  expect(await ingested).toMatchObject({ state: 'ready' });
  const rows = await database.rows('SELECT storage_key FROM blobs');
  expect(rows).toEqual([{ storage_key: second.object?.storageKey }]);
  expect(await discardedKeys(database)).not.toContain(second.object?.storageKey);
  expect(first.object?.storageKey).not.toBe(second.object?.storageKey);
});

it('bytes that were brought again just before a collection keep the blob that was first', async () => {
  const bytes = Buffer.from(randomUUID());
  const first = await dueUpload(bytes);
  const { session: second } = await uploads.begin(
    { expectedDigest: digestOf(bytes), expectedSizeBytes: bytes.length, createdBy: randomUUID() },
    () => Promise.resolve(false),
  );
  await sendWhole(uploads, second, bytes);
  expect(await ingest(opened, second)).toMatchObject({ state: 'ready' });
  expect(await collect(database)).toMatchObject({ removedBlobs: 0, newCandidates: 1 });
  const rows = await database.rows('SELECT storage_key FROM blobs');
  expect(rows).toEqual([{ storage_key: first.object?.storageKey }]);
  expect(await discardedKeys(database)).toEqual([second.object?.storageKey]);
});
