import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  type Digest,
  isDigest,
  type ObjectStore,
  openObjectStore,
  parseDigest,
  recordKey,
  StoreSweep,
  SWEEP_STORE,
  type UploadSession,
  Uploads,
} from '@imgsrv/cas';
import { enqueueJob, type RunningJob } from '@imgsrv/jobs';
import type { Database } from '@imgsrv/platform';
import { describeWith } from '../fixtures/requirement.js';
import { OpenedDatabase } from '../support/database.js';
import { putObject } from '../support/put-object.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { SILENT } from './auth-database.js';
import { openOwnBucket } from './own-bucket.js';
import { runningJob } from './running-job.js';
import { storeWith } from './store-with.js';

const DAY_MS = 24 * 3_600_000;
const LIMITS = { ttlMs: DAY_MS, maxAgeMs: DAY_MS, maxSizeBytes: 1e6, quota: {} };

jest.setTimeout(60_000);

type Stray = { readonly storage_key: string; readonly multipart_upload_id: string };

function describeSweep(openStore: () => Promise<{ store: ObjectStore; remove: () => Promise<void> }>): void {
  let opened: OpenedDatabase;
  let database: Database;
  let store: ObjectStore;
  let removeStore: () => Promise<void>;
  let uploads: Uploads;
  let removed: string[];
  let foreign: number;

  beforeAll(async () => {
    ({ store, remove: removeStore } = await openStore());
  }, 60_000);
  afterAll(async () => {
    await store.close();
    await removeStore();
  });
  beforeEach(async () => {
    opened = await OpenedDatabase.open();
    ({ database } = opened);
    uploads = new Uploads(database, store, LIMITS, { record: () => Promise.resolve() });
    removed = [];
    foreign = 0;
  });
  afterEach(() => opened.close());

  /** One whole sweep, whenever the last one was. */
  async function sweep(through: ObjectStore = store): Promise<void> {
    await database.rows(`UPDATE store_sweep SET ended_at = NULL`);
    await go(through);
  }

  async function go(through: ObjectStore = store, changes: Partial<RunningJob<object>> = {}): Promise<void> {
    const id = await database.transaction((tx) =>
      enqueueJob(tx, SWEEP_STORE, {}, { singletonKey: randomUUID() }),
    );
    const observer = {
      removed: (kind: string) => void removed.push(kind),
      foreign: () => void (foreign += 1),
    };
    await new StoreSweep(through, observer, DAY_MS).run({ ...runningJob(database, id, {}), ...changes });
  }

  /** What is noted of these keys. */
  async function strays(...keys: readonly string[]): Promise<readonly Stray[]> {
    return database.rows<Stray>(
      `SELECT storage_key, multipart_upload_id FROM stray_objects WHERE storage_key = ANY ($1)`,
      [keys],
    );
  }

  /** As if what is noted had been seen first a day and an hour ago. */
  async function age(): Promise<void> {
    await database.rows(`UPDATE stray_objects SET first_seen_at = first_seen_at - interval '25 hours'`);
  }

  const content = (): Buffer => Buffer.from(randomUUID());

  const put = (key: string): Promise<void> => putObject(store, key, content());

  function newKey(): string {
    const hex = createHash('sha256').update(randomUUID()).digest('hex');
    return `blobs/sha256/${hex.slice(0, 2)}/${hex.slice(2, 4)}/${hex}/${randomUUID()}`;
  }

  async function isUnfinished(key: string): Promise<boolean> {
    for await (const listed of store.listMultipartUploads(key)) if (listed.key === key) return true;
    return false;
  }

  async function begin(bytes: Buffer): Promise<UploadSession & { readonly key: string }> {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    const { session } = await uploads.begin({
      expectedDigest: isDigest(digest) ? digest : parseDigest(''),
      expectedSizeBytes: bytes.length,
      createdBy: randomUUID(),
    });
    return { ...session, key: session.object?.storageKey ?? '' };
  }

  async function complete(session: UploadSession, bytes: Buffer): Promise<void> {
    const incoming = { partNumber: 1, sizeBytes: bytes.length, announced: [] };
    const { signal } = new AbortController();
    const part = await uploads.putPart(session.id, incoming, () => Readable.from([bytes]), signal);
    await uploads.complete(session.id, [part]);
  }

  async function makeBlob(key: string, digest: Digest, sizeBytes: number): Promise<void> {
    await database.rows(
      'INSERT INTO blobs (digest, size_bytes, storage_key, detected_format) VALUES ($1, $2, $3, $4)',
      [digest, sizeBytes, key, 'unknown'],
    );
  }

  it('leaves what is not ours, whatever its age, and says so', async () => {
    const key = newKey();
    const notOurs = [`${key}-x`, key.replace('blobs/', 'other-'), `manifests/debian/1`, `records/images/a`];
    for (const each of notOurs) await put(each);
    const upload = await store.createMultipartUpload(`${key}-y`);
    await sweep();
    await age();
    await sweep();
    for (const each of notOurs) expect(await store.head(each)).toBeDefined();
    expect(await isUnfinished(`${key}-y`)).toBe(true);
    expect(foreign).toBeGreaterThanOrEqual(6);
    await store.abortMultipartUpload(`${key}-y`, upload);
    for (const each of notOurs) await store.delete(each);
  });

  it('does not believe a store that lists what it was not asked for', async () => {
    const [asked, elsewhere] = ['blobs/sha256/0', `blobs/sha256/ff/ff/${'f'.repeat(64)}/${randomUUID()}`];
    const lying = storeWith(store, {
      list: (prefix: string) =>
        Readable.from(prefix === asked ? [{ key: elsewhere, lastModified: new Date(0) }] : []),
    });
    await sweep(lying);
    await age();
    await sweep(lying);
    expect(foreign).toBe(2);
    expect(await strays(elsewhere)).toEqual([]);
  });

  it('leaves uploads that are open, completed or being verified, and blobs', async () => {
    const [a, b, c] = [content(), content(), content()];
    const [open, completed, verified] = [await begin(a), await begin(b), await begin(c)];
    await complete(completed, b);
    await complete(verified, c);
    await database.rows(`UPDATE upload_sessions SET state = 'ready' WHERE id = $1`, [verified.id]);
    await makeBlob(verified.key, verified.expectedDigest, c.length);
    await sweep();
    await age();
    await sweep();
    expect(await strays(open.key, completed.key, verified.key)).toEqual([]);
    expect(await isUnfinished(open.key)).toBe(true);
    for (const { key } of [completed, verified]) expect(await store.head(key)).toBeDefined();
  });

  it('removes objects and uploads that no row knows, after their grace and not before', async () => {
    const [object, upload] = [newKey(), newKey()];
    await put(object);
    const uploadId = await store.createMultipartUpload(upload);
    await sweep();
    await sweep();
    expect(await strays(object, upload)).toHaveLength(2);
    expect(await store.head(object)).toBeDefined();
    await age();
    await sweep();
    expect(await store.head(object)).toBeUndefined();
    expect(await isUnfinished(upload)).toBe(false);
    expect(await strays(object, upload)).toEqual([]);
    expect(removed).toEqual(expect.arrayContaining(['object', 'multipart_upload']));
    await store.abortMultipartUpload(upload, uploadId);
  });

  it('removes what an upload that is over has left behind', async () => {
    const [a, b] = [content(), content()];
    const [aborted, failed] = [await begin(a), await begin(b)];
    await complete(failed, b);
    await database.rows(`UPDATE upload_sessions SET state = 'aborted' WHERE id = $1`, [aborted.id]);
    await database.rows(
      `UPDATE upload_sessions SET state = 'failed', failure_code = 'x', failure_detail = 'x' WHERE id = $1`,
      [failed.id],
    );
    await sweep();
    await age();
    await sweep();
    expect(await isUnfinished(aborted.key)).toBe(false);
    expect(await store.head(failed.key)).toBeUndefined();
  });

  it('forgets a stray that a row knows by the next sweep, and one that becomes known while it is listed', async () => {
    const [early, late] = [newKey(), newKey()];
    await put(early);
    await put(late);
    await sweep();
    await age();
    const digestOf = (key: string) => parseDigest(`sha256:${key.split('/')[4] ?? ''}`);
    await makeBlob(early, digestOf(early), 36);
    // The row comes after the sweep has judged the key, just before it would remove the object.
    let fences = 0;
    const fenced: RunningJob<object>['fenced'] = async (work) => {
      const result = await database.transaction(work);
      if (
        Array.isArray(result) &&
        result.some((entry) => (entry as { storageKey?: string }).storageKey === late)
      ) {
        fences += 1;
        await makeBlob(late, digestOf(late), 36);
      }
      return result;
    };
    await database.rows(`UPDATE store_sweep SET ended_at = NULL`);
    await go(store, { fenced });
    expect(fences).toBe(1);
    for (const key of [early, late]) expect(await store.head(key)).toBeDefined();
    await sweep();
    expect(await strays(early, late)).toEqual([]);
  });

  it('leaves records, also of what the database does not know, but not those that a later one replaced', async () => {
    const record = (id: string, revision: number): string =>
      recordKey({ subject: 'versions', id, revision, sha256Hex: 'a'.repeat(64) });
    const [known, unknown] = [randomUUID(), randomUUID()];
    const [replaced, current, ahead] = [record(known, 1), record(known, 2), record(known, 3)];
    const foreignOnes = [record(unknown, 1), record(unknown, 2)];
    for (const key of [replaced, current, ahead, ...foreignOnes]) await put(key);
    await database.rows(
      `INSERT INTO stored_records (subject, subject_id, is_published, revision, stored_revision, storage_key)
       VALUES ('versions', $1, true, 2, 2, $2)`,
      [known, current],
    );
    const unfinished = await store.createMultipartUpload(current);
    await sweep();
    await age();
    expect(await store.head(replaced)).toBeDefined();
    await sweep();
    expect(await store.head(replaced)).toBeUndefined();
    expect(await isUnfinished(current)).toBe(false);
    for (const key of [current, ahead, ...foreignOnes]) expect(await store.head(key)).toBeDefined();
    expect(await strays(replaced, current, ahead, ...foreignOnes)).toEqual([]);
    await store.abortMultipartUpload(current, unfinished);
    for (const key of [current, ahead, ...foreignOnes]) await store.delete(key);
  });

  it('forgets what is gone', async () => {
    const key = newKey();
    await put(key);
    await sweep();
    await store.delete(key);
    await sweep();
    expect(await strays(key)).toEqual([]);
  });

  it('goes on where it was cut off, also when the store was away, and then rests', async () => {
    const prefixes: string[] = [];
    const cut = (after: number): ObjectStore =>
      storeWith(store, {
        list: (prefix: string) => {
          if (prefixes.length === after) throw new Error('away');
          prefixes.push(prefix);
          return store.list(prefix);
        },
      });
    await database.rows(`UPDATE store_sweep SET ended_at = NULL`);
    await expect(go(cut(10))).rejects.toThrow('away');
    await go(cut(1000));
    expect(prefixes).toHaveLength(17);
    expect(new Set(prefixes).size).toBe(17);
    await go(cut(1000));
    expect(prefixes).toHaveLength(17);
    await database.rows(`UPDATE store_sweep SET ended_at = ended_at - interval '7 hours'`);
    await go(cut(1000));
    expect(prefixes).toHaveLength(34);
  });
}

describe('a sweep of a folder', () => {
  describeSweep(async () => {
    const folder = await createTemporaryFolder('sweep');
    const store = openObjectStore({ storageDir: folder.path }, SILENT);
    if (store === undefined) throw new Error('there is no store');
    return { store, remove: () => folder.remove() };
  });
});

/** In a bucket of its own: everything in another one would be a stray. */
describeWith('s3', 'a sweep of an S3 bucket', () => {
  describeSweep(async () => {
    const { store, owner } = await openOwnBucket('sweep');
    owner.destroy();
    return { store, remove: () => Promise.resolve() };
  });
});
