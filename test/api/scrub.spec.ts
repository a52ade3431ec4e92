import { randomInt } from 'node:crypto';
import { open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { BlobDamagedError, BlobReader, type ObjectStore, openObjectStore } from '@imgsrv/cas';
import { DependencyUnavailableError } from '@imgsrv/platform';
import { fileOfSize } from '../faults/store-files.js';
import { describeWith } from '../fixtures/requirement.js';
import { OpenedDatabase } from '../support/database.js';
import type { HttpClient } from '../support/http-client.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { SILENT } from './auth-database.js';
import { BlobShelf, inTurns, type ShelvedBlob } from './blob-shelf.js';
import { discardedKeys } from './collection-steps.js';
import { openOwnBucket } from './own-bucket.js';
import { storeWith } from './store-with.js';

/** `IMGSRV_TEST_FLIPPED=200 npx jest test/api/scrub` is the long form. */
const FLIPPED = Number(process.env.IMGSRV_TEST_FLIPPED ?? '48');

jest.setTimeout(120_000);

interface Damageable {
  readonly store: ObjectStore;
  /** Flips one bit of what is stored of a blob. */
  readonly flipBit: (blob: ShelvedBlob, storageKey: string) => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** A sixteenth is larger than what a download always hashes, and comes in several chunks. */
function sizeOf(index: number): number {
  return index % 16 === 0 ? 2 ** 20 + randomInt(2 ** 18) : randomInt(1, 65_536);
}

function describeFlippedBits(count: number, openStore: () => Promise<Damageable>): void {
  let opened: OpenedDatabase;
  let damageable: Damageable;
  let shelf: BlobShelf;
  let client: HttpClient;
  let blobs: ShelvedBlob[];

  beforeAll(async () => {
    opened = await OpenedDatabase.open();
    damageable = await openStore();
    shelf = new BlobShelf(opened.database, damageable.store);
    client = await shelf.serve();
    blobs = await shelf.fill(count, sizeOf);
    await inTurns(blobs, async (blob) => damageable.flipBit(blob, (await shelf.row(blob)).storage_key));
  });
  afterAll(async () => {
    await shelf.close();
    await opened.close();
    await damageable.remove();
  });

  /** The status of each download that ended as the answer to it says. */
  async function downloads(method = 'GET', headers = {}): Promise<number[]> {
    const answers = await inTurns(blobs, ({ digest }) =>
      client.send(method, `/${digest}`, { headers }).catch(() => undefined),
    );
    return answers.flatMap((answer) => (answer === undefined ? [] : [answer.status]));
  }

  it('let no full download end as a success, and have each blob read again', async () => {
    expect((await downloads()).filter((status) => status < 500)).toEqual([]);
    const jobs = await opened.database.rows(
      `SELECT FROM jobs WHERE kind = 'scrub_blobs' AND state = 'queued' AND payload ? 'digest'`,
    );
    expect(jobs).toHaveLength(count);
  });

  it('are all found by a scrub, which takes the blobs out of use', async () => {
    const notes = await shelf.scrub();
    expect(new Set(notes.damaged)).toEqual(
      new Set(blobs.map(({ digest }) => ({ digest, damage: 'mismatch' }))),
    );
    expect(notes).toMatchObject({ sound: [], unreadable: [], differed: [] });
    expect(await shelf.states()).toEqual({ 'damaged mismatch': count });
    const refused = Array.from({ length: count }, () => 503);
    expect(await downloads()).toEqual(refused);
    expect(await downloads('HEAD')).toEqual(refused);
    expect(await downloads('GET', { range: 'bytes=0-0' })).toEqual(refused);
    expect(await events('blob.quarantined')).toBe(count);
  });

  it('are all repaired by an upload of the right bytes', async () => {
    const keys = await inTurns(blobs, async (blob) => (await shelf.row(blob)).storage_key);
    const uploads = await inTurns(blobs, ({ bytes }) => shelf.bring(bytes));
    expect(uploads.every(({ isNew }) => isNew)).toBe(true);
    expect(await shelf.states()).toEqual({ available: count });
    await inTurns(blobs, async ({ digest, bytes }) => {
      expect((await client.get(`/${digest}`)).bytes.equals(bytes)).toBe(true);
    });
    expect(new Set(await discardedKeys(opened.database))).toEqual(new Set(keys));
    expect(await events('blob.repaired')).toBe(count);
  });

  async function events(action: string): Promise<number> {
    return (await opened.database.rows('SELECT FROM audit_events WHERE action = $1', [action])).length;
  }
}

function flip(bytes: Buffer): Buffer {
  const at = randomInt(bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << randomInt(8));
  return bytes;
}

async function openFolder() {
  const folder = await createTemporaryFolder('scrub');
  const store = openObjectStore({ storageDir: folder.path }, SILENT);
  if (store === undefined) throw new Error('there is no store');
  const fileOf = ({ digest, bytes }: ShelvedBlob) => fileOfSize(folder.path, digest, bytes.length);
  const flipBit = async (blob: ShelvedBlob) => {
    const file = await open(await fileOf(blob), 'r+');
    await file.write(flip(Buffer.from(blob.bytes)));
    await file.close();
  };
  return { store, path: folder.path, fileOf, flipBit, remove: () => folder.remove() };
}

describe('flipped bits in a folder', () => {
  describeFlippedBits(FLIPPED, openFolder);
});

describeWith('s3', 'flipped bits in an S3 bucket', () => {
  describeFlippedBits(16, async () => {
    const { store, owner, bucket } = await openOwnBucket('scrub');
    const flipBit = async (_blob: ShelvedBlob, Key: string) => {
      const Body = flip(await stored(owner, bucket, Key));
      await owner.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
    };
    return {
      store,
      flipBit,
      remove: () => {
        owner.destroy();
        return Promise.resolve();
      },
    };
  });
});

async function stored(owner: S3Client, Bucket: string, Key: string): Promise<Buffer> {
  const { Body } = await owner.send(new GetObjectCommand({ Bucket, Key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

describe('a scrub', () => {
  let opened: OpenedDatabase;
  let folder: Awaited<ReturnType<typeof openFolder>>;
  let shelf: BlobShelf;

  beforeAll(async () => {
    opened = await OpenedDatabase.open();
    folder = await openFolder();
    shelf = new BlobShelf(opened.database, folder.store);
  });
  beforeEach(() => shelf.clear());
  afterAll(async () => {
    await shelf.close();
    await opened.close();
    await folder.remove();
  });

  /** The store, but reading this blob does something else. */
  async function whenReading(
    blob: ShelvedBlob,
    instead: (read: () => ReturnType<ObjectStore['openRead']>) => ReturnType<ObjectStore['openRead']>,
  ): Promise<ObjectStore> {
    const { storage_key } = await shelf.row(blob);
    return storeWith(folder.store, {
      openRead: (key, options) => {
        const read = () => folder.store.openRead(key, options);
        return key === storage_key ? instead(read) : read();
      },
    });
  }

  /** Takes an object out of the store; call what this gives to put it back. */
  async function moveAway(blob: ShelvedBlob): Promise<() => Promise<void>> {
    const at = dirname(await folder.fileOf(blob));
    await rename(at, `${at}-away`);
    return () => rename(`${at}-away`, at);
  }

  it('takes a blob out of use whose object is gone, and reads it again after an hour: it may be restored', async () => {
    const kept = await shelf.bringSome();
    const lost = await shelf.bringSome();
    const restore = await moveAway(lost);
    const { sound, damaged } = await shelf.scrub();
    expect(sound).toEqual([kept.digest]);
    expect(damaged).toEqual([{ digest: lost.digest, damage: 'lost' }]);
    await restore();
    await shelf.setTurns('never');
    expect((await shelf.scrub()).sound).toEqual([]);
    await shelf.age('61 minutes');
    expect((await shelf.scrub()).sound).toEqual([lost.digest]);
    expect(await shelf.states()).toEqual({ available: 2 });
  });

  it('takes a blob out of use of which the store has fewer bytes', async () => {
    const [, cut] = [await shelf.bringSome(), await shelf.bringSome()];
    const file = await open(await folder.fileOf(cut), 'r+');
    await file.truncate(4999);
    await file.close();
    expect((await shelf.scrub()).damaged).toEqual([{ digest: cut.digest, damage: 'lost' }]);
  });

  it('believes no store that has none of the blobs that it looks for', async () => {
    const blobs = await shelf.fill(3, () => 5000);
    for (const blob of blobs) await moveAway(blob);
    const { damaged, unreadable } = await shelf.scrub();
    expect(damaged).toEqual([]);
    expect(unreadable).toHaveLength(3);
    expect(await shelf.states()).toEqual({ available: 3 });
  });

  it('finds nothing damaged while the store is away, and goes on when it is back', async () => {
    const blob = await shelf.bringSome();
    const before = await shelf.row(blob);
    const objects = join(folder.path, 'objects');
    await rename(objects, `${objects}-away`);
    await expect(shelf.scrub()).rejects.toThrow(DependencyUnavailableError);
    expect(await shelf.row(blob)).toEqual(before);
    await rename(`${objects}-away`, objects);
    await shelf.setTurns('1 hour');
    expect((await shelf.scrub()).sound).toEqual([blob.digest]);
  });

  it('passes over a blob that cannot be read, which says nothing of it, and tries it again after an hour', async () => {
    const bad = await shelf.bringSome();
    const good = await shelf.bringSome();
    const before = await shelf.row(bad);
    const through = await whenReading(bad, () =>
      Promise.reject(new DependencyUnavailableError('object-store')),
    );
    expect(await shelf.scrub({ through })).toMatchObject({
      sound: [good.digest],
      damaged: [],
      unreadable: [bad.digest],
    });
    const after = await shelf.row(bad);
    expect(after).toMatchObject({ state: 'available', checked_at: before.checked_at });
    expect(after.tried_at.getTime()).toBeGreaterThan(before.tried_at.getTime());
    await shelf.setTurns('never');
    await shelf.age('61 minutes');
    expect((await shelf.scrub()).sound).toEqual([bad.digest]);
  });

  it('reads what looks wrong once more before that counts', async () => {
    const blob = await shelf.bringSome();
    const { storage_key } = await shelf.row(blob);
    const wrong = await shelf.bringSome();
    const { storage_key: wrongKey } = await shelf.row(wrong);
    let reads = 0;
    const through = await whenReading(blob, (read) => {
      reads += 1;
      return reads === 1 ? folder.store.openRead(wrongKey) : read();
    });
    const notes = await shelf.scrub({ through, payload: { digest: blob.digest } });
    expect(notes).toEqual({ sound: [blob.digest], damaged: [], unreadable: [], differed: [blob.digest] });
    expect(await shelf.row(blob)).toMatchObject({ state: 'available', storage_key });
  });

  it('says nothing of a blob that got another object while it was read', async () => {
    const blob = await shelf.bringSome();
    await folder.flipBit(blob);
    const { digest } = blob;
    await shelf.scrub({ payload: { digest } });
    const through = await whenReading(blob, async (read) => {
      const answer = await read();
      await shelf.bring(blob.bytes);
      return answer;
    });
    expect((await shelf.scrub({ payload: { digest }, through })).damaged).toEqual([]);
    expect(await shelf.states()).toEqual({ available: 1 });
  });

  it('reads one blob at once when something was wrong with it, and only that', async () => {
    const { digest } = await shelf.bringSome();
    await shelf.bringSome();
    expect((await shelf.scrub({ payload: { digest } })).sound).toEqual([digest]);
  });

  it('is asked for a blob at most once a minute, however often something is wrong with it', async () => {
    const { digest } = await shelf.bringSome();
    const reader = new BlobReader(opened.database, folder.store);
    const blob = await reader.find(digest);
    const ask = async (): Promise<number> => {
      if (blob !== undefined) await Promise.all([reader.suspect(blob), reader.suspect(blob)]);
      const ended = `UPDATE jobs SET state = 'canceled', finished_at = now()
                      WHERE kind = 'scrub_blobs' AND singleton_key = $1 AND state = 'queued' RETURNING id`;
      return (await opened.database.rows(ended, [digest])).length;
    };
    expect(await ask()).toBe(1);
    await shelf.scrub({ payload: { digest } });
    expect(await ask()).toBe(0);
    await shelf.age('61 seconds');
    expect(await ask()).toBe(1);
  });

  it('reads no faster than the period allows, the blob first that was not read for longest', async () => {
    const blobs = await shelf.fill(10, () => 4096);
    const periodMs = 10 * 24 * 3_600_000;
    for (const [index, { digest }] of blobs.entries()) {
      await opened.database.rows(
        `UPDATE blobs SET tried_at = now() - $2 * interval '1 hour' WHERE digest = $1`,
        [digest, 100 - index],
      );
    }
    expect((await shelf.scrub({ periodMs })).sound).toEqual([blobs[0]?.digest]);
    expect((await shelf.scrub({ periodMs })).sound).toEqual([]);
    // Each blob has a tenth of four fifths of the period, of which an hour was caught up.
    const wait = (hours: number) =>
      opened.database.rows(`UPDATE scrub_pace SET paid_at = paid_at - $1 * interval '1 hour'`, [hours]);
    await wait(18.1);
    expect((await shelf.scrub({ periodMs })).sound).toEqual([]);
    await wait(0.2);
    expect((await shelf.scrub({ periodMs })).sound).toEqual([blobs[1]?.digest]);
    // What was read is soon paid for when much more is stored.
    await shelf.fill(90, () => 4096);
    await wait(2);
    expect((await shelf.scrub({ periodMs })).sound).toEqual([blobs[2]?.digest]);
  });

  it('goes on where it was cut off', async () => {
    await shelf.fill(6, () => 5000);
    // To the microsecond: what was put there a moment ago was checked before.
    const [clock] = await opened.database.rows<{ now: string }>('SELECT clock_timestamp()::text AS now');
    let chunks = 0;
    const progressed = () => {
      chunks += 1;
      if (chunks === 4) throw new Error('the worker ends');
    };
    await expect(shelf.scrub({ changes: { progressed } })).rejects.toThrow('the worker ends');
    await shelf.setTurns('1 hour');
    const rows = await opened.database.rows('SELECT FROM blobs WHERE checked_at > $1', [clock?.now]);
    expect(rows).toHaveLength(3);
  });

  it('gives nobody a damaged blob', async () => {
    const { digest } = await shelf.bringSome();
    await opened.database.rows(
      `UPDATE blobs SET state = 'damaged', damage = 'mismatch', damaged_at = now() WHERE digest = $1`,
      [digest],
    );
    const reader = new BlobReader(opened.database, folder.store);
    await expect(reader.find(digest)).rejects.toThrow(BlobDamagedError);
    await expect(reader.open(digest)).rejects.toThrow(BlobDamagedError);
  });
});
