import { randomUUID } from 'node:crypto';
import {
  Aliases,
  applyRetention,
  finishPublishing,
  Images,
  Publishing,
  releaseWithdrawn,
  Artifacts,
  type RetentionPolicy,
  Retentions,
  Versions,
  Withdrawals,
} from '@imgsrv/catalog';
import type { Database } from '@imgsrv/platform';
import { OpenedDatabase } from '../support/database.js';
import { TRAIL } from './auth-database.js';
import { insertVerifiedBlob, rawArtifact } from './catalog-database.js';

const CREATOR = randomUUID();
const FIRST_PAGE = { limit: 1000 };
const RESTORE_WINDOW_MS = 86_400_000;

let catalog: OpenedDatabase;
let database: Database;
let images: Images;
let versions: Versions;
let aliases: Aliases;
let withdrawals: Withdrawals;

beforeAll(async () => {
  catalog = await OpenedDatabase.open();
  ({ database } = catalog);
  images = new Images(database, TRAIL);
  versions = new Versions(database, TRAIL, { maxDrafts: 0 });
  aliases = new Aliases(database, TRAIL);
  withdrawals = new Withdrawals(database, TRAIL, { restoreWindowMs: RESTORE_WINDOW_MS });
});

afterAll(() => catalog.close());

/** An image with these published versions, the oldest first. */
async function imageWith(...names: readonly string[]): Promise<string> {
  const { name } = await images.create({ name: `image-${randomUUID()}` });
  for (const version of names) {
    await publish(name, version);
  }
  return name;
}

async function publish(image: string, version: string): Promise<string> {
  const blob = await insertVerifiedBlob(database);
  await versions.createDraft(image, version, CREATOR);
  await new Artifacts(database, TRAIL).create(image, version, rawArtifact(blob));
  const { versionId } = await new Publishing(database, TRAIL).publish(image, version, CREATOR);
  await database.transaction((tx) => finishPublishing(tx, versionId));
  return blob.digest;
}

function retentions(fallback?: RetentionPolicy): Retentions {
  return new Retentions(database, TRAIL, fallback);
}

/** What a worker does, with nobody who takes its job away. */
const JOB: Parameters<typeof applyRetention>[2] = {
  signal: new AbortController().signal,
  progressed: () => undefined,
  fenced: (work) => database.transaction(work),
};

const run = (fallback?: RetentionPolicy) =>
  applyRetention(database, { fallback, restoreWindowMs: RESTORE_WINDOW_MS }, JOB);

async function listed(image: string, state: 'published' | 'withdrawn'): Promise<string[]> {
  return (await versions.list(image, [state], 'writer', FIRST_PAGE)).items.map(({ version }) => version);
}

describe('a run of retention', () => {
  it.each<[string, RetentionPolicy, string[]]>([
    ['the newest', { keepNewest: 2 }, ['5', '4', '2']],
    ['the young', { keepYoungerThanMs: 3_600_000 }, ['5', '4', '3', '2', '1']],
    ['always the newest one', { keepYoungerThanMs: 1 }, ['5', '2']],
    ['all that there is', { keepNewest: 100 }, ['5', '4', '3', '2', '1']],
  ])('keeps %s, and what an alias names, just as the preview says', async (_what, policy, kept) => {
    const image = await imageWith('1', '2', '3', '4', '5');
    await aliases.put(image, 'stable', '2', () => true);
    await retentions().put(image, policy);
    const { items } = await retentions().preview(image, FIRST_PAGE);
    expect(items.filter(({ isKept }) => isKept).map(({ version }) => version)).toEqual(kept);
    const goes = items.filter(({ isKept }) => !isKept);
    expect(await run()).toBe(goes.length);
    expect(await listed(image, 'published')).toEqual(kept);
    const { items: gone } = await versions.list(image, ['withdrawn'], 'writer', FIRST_PAGE);
    expect(gone.map(({ version, withdrawal }) => [version, withdrawal?.by, withdrawal?.reason])).toEqual(
      goes.map(({ version, reason }) => [version, 'retention', reason]),
    );
    expect(await run()).toBe(0);
  });

  it('is in the audit log, with the reason', async () => {
    const image = await imageWith('1', '2');
    await retentions().put(image, { keepNewest: 1 });
    await run();
    const events = await database.rows(
      `SELECT principal_id, before, after FROM audit_events WHERE resource = $1 AND action = 'version.withdraw'`,
      [`images/${image}/versions/1`],
    );
    expect(events).toMatchObject([
      {
        principal_id: null,
        before: { state: 'published' },
        after: { state: 'withdrawn', by: 'retention', reason: expect.stringContaining('newest 1') as string },
      },
    ]);
  });

  it('takes more than fit into one transaction', async () => {
    const image = await imageWith(...Array.from({ length: 53 }, (_, at) => `v${at}`));
    await retentions().put(image, { keepNewest: 1 });
    expect(await run()).toBe(52);
    expect(await listed(image, 'published')).toEqual(['v52']);
  });

  it('goes by the default where an image says nothing', async () => {
    const [silent, own] = [await imageWith('1', '2', '3'), await imageWith('1', '2', '3')];
    await retentions().put(own, { keepNewest: 3 });
    await run();
    expect(await listed(silent, 'published')).toEqual(['3', '2', '1']);
    const fallback = { keepNewest: 1 };
    expect(await retentions(fallback).get(silent)).toEqual({ policy: fallback, source: 'default' });
    expect(await retentions(fallback).get(own)).toMatchObject({ source: 'image' });
    await run(fallback);
    expect(await listed(silent, 'published')).toEqual(['3']);
    expect(await listed(own, 'published')).toEqual(['3', '2', '1']);
  });

  it('leaves alone what was withdrawn, and counts only what is published', async () => {
    const image = await imageWith('1', '2', '3');
    await withdrawals.withdraw(image, '3', { reason: 'r' });
    await retentions().put(image, { keepNewest: 1 });
    await run();
    expect(await listed(image, 'published')).toEqual(['2']);
    await withdrawals.restore(image, '3');
    await run();
    expect(await listed(image, 'published')).toEqual(['3']);
  });
});

describe('after its window', () => {
  /** As if all of the window had passed: nobody may change that by SQL, so the version is withdrawn in the past. */
  async function withdrawnLongAgo(image: string, version: string): Promise<void> {
    await database.rows(
      `UPDATE versions v SET state = 'withdrawn', withdrawn_at = now() - interval '2 days', withdrawal_reason = 'r',
         withdrawn_by = 'request', restorable_until = now() - interval '1 day'
       FROM images i WHERE i.id = v.image_id AND i.name = $1 AND v.version = $2`,
      [image, version],
    );
  }

  it('a version is not restored, and its blobs are let go, which others may have still', async () => {
    const { name: image } = await images.create({ name: `image-${randomUUID()}` });
    const digest = await publish(image, '1');
    const within = await publish(image, '2');
    await withdrawnLongAgo(image, '1');
    await withdrawals.withdraw(image, '2', { reason: 'r' });
    await database.rows(
      'INSERT INTO collection_candidates (digest, review_after) VALUES ($1, now()), ($2, now())',
      [digest, within],
    );
    const remove = (of: string) => database.rows('DELETE FROM blobs WHERE digest = $1', [of]);
    await expect(remove(digest)).rejects.toThrow(/foreign key/);

    expect(await releaseWithdrawn(database, JOB)).toBe(1);
    expect(await releaseWithdrawn(database, JOB)).toBe(0);
    await expect(withdrawals.restore(image, '1')).rejects.toMatchObject({
      code: 'restore-window-over',
      members: { restorable_until: expect.any(String) as string },
    });
    await remove(digest);
    await expect(remove(within)).rejects.toThrow(/foreign key/);
    await withdrawals.restore(image, '2');
    expect(await listed(image, 'published')).toEqual(['2']);
  });

  it('a version is not restored either before it was let go', async () => {
    const image = await imageWith('1');
    await withdrawnLongAgo(image, '1');
    await expect(withdrawals.restore(image, '1')).rejects.toMatchObject({ code: 'restore-window-over' });
  });
});

describe('at the same time', () => {
  it('a version is withdrawn once', async () => {
    const image = await imageWith('1');
    const results = await Promise.allSettled(
      Array.from({ length: 5 }, () => withdrawals.withdraw(image, '1', { reason: 'r' })),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('an image is deleted, or gets a version', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { name } = await images.create({ name: `image-${randomUUID()}` });
      const [deleted, created] = await Promise.allSettled([
        images.delete(name),
        versions.createDraft(name, '1', CREATOR),
      ]);
      expect(deleted.status).toBe('fulfilled');
      if (created.status === 'rejected') expect(created.reason).toMatchObject({ code: 'image-not-found' });
    }
  });
});
