import { randomUUID } from 'node:crypto';
import { compareLedger, expireUploads, type Quota, Quotas, type UploadSession, Uploads } from '@imgsrv/cas';
import { type Database, lockName, parseCommandLine } from '@imgsrv/platform';
import { verifyLedger } from '../../apps/publisher-worker/src/verify-ledger.js';
import { someoneWaits } from '../support/database.js';
import { SILENT, TRAIL } from './auth-database.js';
import { collect } from './collection-steps.js';
import { OpenedStore } from './opened-store.js';
import { digestOf, ingest, sendWhole } from './upload-steps.js';

const SIZE_BYTES = 36;
const HIDDEN = () => Promise.resolve(false);

let opened: OpenedStore;
let database: Database;
let me: string;

beforeAll(async () => {
  opened = await OpenedStore.open('quotas');
  ({ database } = opened);
});
afterAll(() => opened.close());

beforeEach(async () => {
  me = await newPrincipal();
});
/** Whatever was done, the ledger says what is there. */
afterEach(async () => {
  expect(await compareLedger(database)).toEqual([]);
});

async function newPrincipal(): Promise<string> {
  const [row] = await database.rows<{ id: string }>(
    `INSERT INTO principals (kind, display_name) VALUES ('service', 'somebody') RETURNING id`,
  );
  return row?.id ?? '';
}

const quotas = (fallback: Quota = {}) => new Quotas(database, TRAIL, fallback);

function uploads(fallback: Quota = {}): Uploads {
  const limits = { ttlMs: 60_000, maxAgeMs: 60_000, maxSizeBytes: 1e15, quota: fallback };
  return new Uploads(database, opened.store, limits, TRAIL);
}

const someBytes = (): Buffer => Buffer.from(randomUUID());

function begin(bytes = someBytes(), createdBy = me, fallback: Quota = {}, isVisible = HIDDEN) {
  const expectedDigest = digestOf(bytes);
  return uploads(fallback).begin({ expectedDigest, expectedSizeBytes: bytes.length, createdBy }, isVisible);
}

async function bring(bytes: Buffer, principalId = me): Promise<void> {
  const { session } = await begin(bytes, principalId);
  await sendWhole(uploads(), session, bytes);
  expect(await ingest(opened, session)).toMatchObject({ state: 'ready' });
}

async function expire(): Promise<void> {
  await database.rows(`UPDATE upload_sessions SET expires_at = now() WHERE created_by = $1`, [me]);
  await expireUploads(database, { signal: new AbortController().signal, progressed: () => undefined });
}

async function used(principalId = me): Promise<number> {
  return (await quotas().get(principalId)).used.storedBytes;
}

describe('what a principal stores', () => {
  it('counts from the begin of an upload until the blob is collected', async () => {
    const bytes = someBytes();
    const { session } = await begin(bytes);
    expect(await used()).toBe(SIZE_BYTES);
    await sendWhole(uploads(), session, bytes);
    expect(await used()).toBe(SIZE_BYTES);
    await ingest(opened, session);
    expect(await used()).toBe(SIZE_BYTES);
    await collect(database, {}, 0);
    await collect(database, {}, 0);
    expect(await used()).toBe(0);
  });

  it.each<[string, (session: UploadSession) => Promise<unknown>]>([
    ['aborted', ({ id }) => uploads().abort(id)],
    ['expired', expire],
    [
      'failed',
      async (session) => {
        await sendWhole(uploads(), session, someBytes());
        expect(await ingest(opened, session)).toMatchObject({ state: 'failed' });
      },
    ],
  ])('is given back when the upload is %s, once', async (_end, end) => {
    const { session } = await begin();
    expect(await used()).toBe(SIZE_BYTES);
    await end(session);
    expect(await used()).toBe(0);
    await uploads()
      .abort(session.id)
      .catch(() => undefined);
    expect(await used()).toBe(0);
  });

  it('counts a blob for each who brought it, once, and for nobody who did not', async () => {
    const [other, third] = [await newPrincipal(), await newPrincipal()];
    const bytes = someBytes();
    await bring(bytes);
    await bring(bytes);
    await bring(bytes, other);
    expect(await begin(bytes, third, {}, () => Promise.resolve(true))).toMatchObject({ isNew: false });
    expect([await used(), await used(other), await used(third)]).toEqual([SIZE_BYTES, SIZE_BYTES, 0]);
    await collect(database, {}, 0);
    await collect(database, {}, 0);
    expect([await used(), await used(other)]).toEqual([0, 0]);
  });
});

describe('a quota', () => {
  it('lets in what fits exactly, and nothing beyond', async () => {
    await quotas().put(me, { storedBytes: 2 * SIZE_BYTES });
    await begin();
    await begin();
    await expect(begin(Buffer.from('x'))).rejects.toMatchObject({
      code: 'quota-exceeded',
      members: { used: 2 * SIZE_BYTES, allowed: 2 * SIZE_BYTES },
    });
    expect(await begin(Buffer.alloc(0))).toMatchObject({ isNew: true });
  });

  it('is never exceeded by those who begin at the same time', async () => {
    await quotas().put(me, { storedBytes: 3 * SIZE_BYTES + 1 });
    const begun = await Promise.allSettled(Array.from({ length: 20 }, () => begin()));
    expect(begun.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    for (const result of begun) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'quota-exceeded' });
    }
    expect(await used()).toBe(3 * SIZE_BYTES);
  });

  it('makes room again when something is given back', async () => {
    await quotas().put(me, { storedBytes: SIZE_BYTES });
    const { session } = await begin();
    await expect(begin()).rejects.toMatchObject({ code: 'quota-exceeded' });
    await uploads().abort(session.id);
    await begin();
  });

  it('of its own goes before the default, member by member', async () => {
    const fallback = { storedBytes: SIZE_BYTES, openUploads: 1 };
    expect(await quotas(fallback).get(me)).toMatchObject({ quota: fallback, source: 'default' });
    await quotas(fallback).put(me, { openUploads: 2 });
    expect(await quotas(fallback).get(me)).toMatchObject({
      quota: { storedBytes: SIZE_BYTES, openUploads: 2 },
      source: 'principal',
    });
    await begin(someBytes(), me, fallback);
    await expect(begin(someBytes(), me, fallback)).rejects.toMatchObject({ code: 'quota-exceeded' });
    await quotas(fallback).put(me, { storedBytes: 10 * SIZE_BYTES, openUploads: 2 });
    await begin(someBytes(), me, fallback);
    await expect(begin(someBytes(), me, fallback)).rejects.toMatchObject({
      code: 'open-upload-limit',
      members: { used: 2, allowed: 2 },
    });
    await quotas(fallback).delete(me);
    expect(await quotas(fallback).get(me)).toMatchObject({ quota: fallback, source: 'default' });
    await expect(begin(someBytes(), me, fallback)).rejects.toMatchObject({ code: 'open-upload-limit' });
  });

  it('of nothing lets nobody begin', async () => {
    await quotas().put(me, { storedBytes: 0, openUploads: 0 });
    await expect(begin(Buffer.alloc(0))).rejects.toMatchObject({ code: 'open-upload-limit' });
  });

  it.each<[Quota, string]>([
    [{}, 'empty-quota'],
    [{ storedBytes: SIZE_BYTES - 1 }, 'quota-below-use'],
    [{ openUploads: 0 }, 'quota-below-use'],
  ])('of %j is refused to one who has an upload open, and what was stays', async (quota, code) => {
    await quotas().put(me, { storedBytes: 100 });
    await begin();
    await expect(quotas().put(me, quota)).rejects.toMatchObject({ code });
    expect(await quotas().get(me)).toMatchObject({ quota: { storedBytes: 100 } });
  });

  it('that is set while an upload begins counts that upload', async () => {
    let set: Promise<unknown> = Promise.resolve();
    await database.transaction(async (tx) => {
      // As a begin does.
      await lockName(tx, 'open-uploads', me);
      await tx.rows(
        `INSERT INTO upload_sessions (expected_digest, expected_size_bytes, storage_key, multipart_upload_id, created_by, expires_at)
         VALUES ($1, 50, $2, 'x', $3, now() + interval '1 hour')`,
        [`sha256:${'0'.repeat(64)}`, randomUUID(), me],
      );
      set = quotas().put(me, { storedBytes: 49 });
      set.catch(() => undefined);
      await someoneWaits(database);
    });
    await expect(set).rejects.toMatchObject({ code: 'quota-below-use' });
  });

  it('is on record, with who it is about', async () => {
    await quotas().put(me, { storedBytes: 5 });
    await quotas().put(me, { openUploads: 6 });
    await quotas().delete(me);
    await quotas().delete(me);
    expect(
      await database.rows('SELECT action, before, after FROM audit_events WHERE resource = $1 ORDER BY id', [
        `auth/principals/${me}/quota`,
      ]),
    ).toEqual([
      { action: 'quota.set', before: null, after: { stored_bytes: 5, open_uploads: null } },
      {
        action: 'quota.set',
        before: { stored_bytes: 5, open_uploads: null },
        after: { stored_bytes: null, open_uploads: 6 },
      },
      { action: 'quota.delete', before: { stored_bytes: null, open_uploads: 6 }, after: null },
    ]);
  });
});

describe('the ledgers of several principals', () => {
  const job = { signal: new AbortController().signal, progressed: () => undefined };

  /** The first in the order of ledgers, and the last. */
  async function twoPrincipals(): Promise<readonly [string, string]> {
    const [one, other] = [await newPrincipal(), await newPrincipal()];
    return one < other ? [one, other] : [other, one];
  }

  it.each<[string, (principalId: string) => Promise<unknown>, () => Promise<unknown>]>([
    ['collection', (id) => bring(someBytes(), id), () => collect(database, {}, 0)],
    [
      'expiry',
      async (id) => {
        const { session } = await begin(someBytes(), id);
        await database.rows('UPDATE upload_sessions SET expires_at = now() WHERE id = $1', [session.id]);
      },
      () => expireUploads(database, job),
    ],
  ])('are locked in their order by %s', async (_what, prepare, act) => {
    const [first, last] = await twoPrincipals();
    // What is found first belongs to the one whose ledger has to be locked last.
    await prepare(last);
    await prepare(first);
    await collect(database, {}, 0);
    let acting: Promise<unknown> = Promise.resolve();
    await database.transaction(async (tx) => {
      const lock = 'SELECT FROM quota_ledger WHERE principal_id = $1 FOR UPDATE';
      await tx.rows(lock, [first]);
      acting = act();
      acting.catch(() => undefined);
      await someoneWaits(database);
      await tx.rows(lock, [last]);
    });
    await acting;
    expect([await used(first), await used(last)]).toEqual([0, 0]);
  });

  it('are right after many have expired, aborted, begun and been collected at the same time', async () => {
    const people = await Promise.all(Array.from({ length: 4 }, newPrincipal));
    for (const bytes of [someBytes(), someBytes()]) for (const person of people) await bring(bytes, person);
    const open: UploadSession[] = [];
    for (const person of [...people, ...people]) open.push((await begin(someBytes(), person)).session);
    const late = open.filter((_session, index) => index % 2 === 0).map(({ id }) => id);
    await database.rows('UPDATE upload_sessions SET expires_at = now() WHERE id = ANY ($1)', [late]);
    await collect(database, {}, 0);
    await Promise.all([
      collect(database, {}, 0),
      collect(database, {}, 0),
      expireUploads(database, job),
      expireUploads(database, job),
      ...open.map(({ id }) => uploads().abort(id)),
      ...people.map((person) => begin(someBytes(), person)),
    ]);
    // One that an abort had locked just then was left for later.
    await expireUploads(database, job);
    for (const person of people) expect(await used(person)).toBe(SIZE_BYTES);
  });
});

describe('the check of the ledger', () => {
  async function check(): Promise<unknown> {
    const command = parseCommandLine('worker', ['--postgres-url', database.url ?? '', '--verify-ledger'], {});
    if (command.kind !== 'run') throw new Error('the flags start nothing');
    const checking = await verifyLedger(command.config, SILENT);
    try {
      await checking.failed;
      return await checking.done;
    } finally {
      await checking.stop(0);
    }
  }

  it('is content with what is right, and tells each principal of which it is not', async () => {
    await begin();
    expect(await check()).toBe('the ledger is right');
    const nobody = randomUUID();
    await database.rows(`UPDATE quota_ledger SET stored_bytes = stored_bytes + 1 WHERE principal_id = $1`, [
      me,
    ]);
    await database.rows(`INSERT INTO quota_ledger VALUES ($1, -5)`, [nobody]);
    await expect(check()).rejects.toThrow('The ledgers of 2 principals are wrong.');
    expect(await compareLedger(database)).toEqual(
      [
        { principalId: me, ledgerBytes: SIZE_BYTES + 1, countedBytes: SIZE_BYTES },
        { principalId: nobody, ledgerBytes: -5, countedBytes: 0 },
      ].sort((a, b) => (a.principalId < b.principalId ? -1 : 1)),
    );
    await database.rows(`DELETE FROM quota_ledger WHERE principal_id = $1`, [nobody]);
    await database.rows(`UPDATE quota_ledger SET stored_bytes = stored_bytes - 1 WHERE principal_id = $1`, [
      me,
    ]);
  });
});
