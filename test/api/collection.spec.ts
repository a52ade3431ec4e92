import { randomUUID } from 'node:crypto';
import { BlobCollection, Collections, parseDigest } from '@imgsrv/cas';
import { Artifacts, finishPublishing, Images, isReferenced, Publishing, Versions } from '@imgsrv/catalog';
import type { Database } from '@imgsrv/platform';
import { OpenedDatabase, someoneWaits } from '../support/database.js';
import { TRAIL } from './auth-database.js';
import { insertVerifiedBlob, randomDigest, rawArtifact } from './catalog-database.js';
import { collect, discardedKeys, dueBlob, graceLeftMs, isBlob, queueCollection } from './collection-steps.js';
import { runningJob } from './running-job.js';

const DAY_MS = 24 * 3_600_000;
const MANAGER = randomUUID();

let opened: OpenedDatabase;
let database: Database;
let versions: Versions;
let artifacts: Artifacts;
let publishing: Publishing;
let collections: Collections;

beforeEach(async () => {
  opened = await OpenedDatabase.open();
  ({ database } = opened);
  versions = new Versions(database, TRAIL, { maxDrafts: 0 });
  artifacts = new Artifacts(database, TRAIL);
  publishing = new Publishing(database, TRAIL);
  collections = new Collections(database, isReferenced, TRAIL);
});
afterEach(() => opened.close());

async function newDraft(): Promise<{
  image: string;
  versionId: Awaited<ReturnType<Versions['createDraft']>>['id'];
}> {
  const { name } = await new Images(database, TRAIL).create({ name: `image-${randomUUID()}` });
  const { id } = await versions.createDraft(name, '1', randomUUID());
  return { image: name, versionId: id };
}

describe('a collection keeps', () => {
  it.each(['draft', 'publishing', 'published'] as const)('what a %s version refers to', async (state) => {
    const { image, versionId } = await newDraft();
    const blob = await insertVerifiedBlob(database);
    await artifacts.create(image, '1', rawArtifact(blob));
    if (state !== 'draft') {
      await publishing.publish(image, '1', MANAGER);
    }
    if (state === 'published') {
      await database.transaction((tx) => finishPublishing(tx, versionId));
    }
    // Even one that was a candidate for long, such as before an older release let a draft refer to it.
    await database.rows(
      `INSERT INTO collection_candidates (digest, since, review_after) VALUES ($1, '2020-01-01', '2020-01-02')`,
      [blob.digest],
    );
    expect(await collect(database)).toMatchObject({
      removedBlobs: 0,
      newCandidates: 0,
      droppedCandidates: 1,
    });
    expect(await isBlob(database, blob.digest)).toBe(true);
    expect(await graceLeftMs(database, blob.digest)).toBeUndefined();
  });

  it('what is an attachment of a draft', async () => {
    const { image } = await newDraft();
    const [disk, readme] = [await insertVerifiedBlob(database), await insertVerifiedBlob(database)];
    const { id } = await artifacts.create(image, '1', rawArtifact(disk));
    await database.rows(
      `INSERT INTO attachments (artifact_id, name, media_type, blob_digest, blob_size_bytes)
       VALUES ($1, 'readme', 'text/plain', $2, $3)`,
      [id, readme.digest, readme.sizeBytes],
    );
    expect(await collect(database)).toMatchObject({ examinedBlobs: 2, newCandidates: 0 });
  });

  it('what nothing refers to, for its grace, which later collections do not shorten', async () => {
    const { digest } = await insertVerifiedBlob(database);
    expect(await collect(database)).toMatchObject({ newCandidates: 1, removedBlobs: 0 });
    expect(await graceLeftMs(database, digest)).toBeGreaterThan(6.9 * DAY_MS);
    expect(await collect(database, {}, 1)).toMatchObject({ newCandidates: 0, removedBlobs: 0 });
    expect(await graceLeftMs(database, digest)).toBeGreaterThan(6.9 * DAY_MS);
  });

  it('a blob whose last reference went away only now, for a whole grace', async () => {
    const { image } = await newDraft();
    const blob = await dueBlob(database);
    await artifacts.create(image, '1', rawArtifact(blob));
    await versions.deleteDraft(image, '1');
    expect(await collect(database)).toMatchObject({ newCandidates: 1, removedBlobs: 0 });
    expect(await graceLeftMs(database, blob.digest)).toBeGreaterThan(6.9 * DAY_MS);
  });

  it('a due blob that somebody is about to refer to, without waiting for them', async () => {
    const { digest } = await dueBlob(database);
    await database.transaction(async (tx) => {
      await tx.rows('SELECT FROM blobs WHERE digest = $1 FOR SHARE', [digest]);
      expect(await collect(database)).toMatchObject({ examinedBlobs: 1, removedBlobs: 0 });
    });
    expect(await collect(database)).toMatchObject({ removedBlobs: 1 });
  });
});

it('takes the row of a due blob and queues the removal of its object, both or neither', async () => {
  const { digest, sizeBytes } = await dueBlob(database);
  const [blob] = await database.rows<{ storage_key: string }>('SELECT storage_key FROM blobs');
  expect(await collect(database)).toEqual({
    ...{ examinedBlobs: 1, newCandidates: 0, droppedCandidates: 0 },
    ...{ removedBlobs: 1, removedBytes: sizeBytes, removedDigests: [digest] },
  });
  expect(await isBlob(database, digest)).toBe(false);
  expect(await discardedKeys(database)).toEqual([blob?.storage_key]);
  const events = await database.rows(
    `SELECT action, resource, before, principal_id FROM audit_events WHERE action = 'blob.collected'`,
  );
  expect(events).toEqual([
    {
      action: 'blob.collected',
      resource: `blobs/${digest}`,
      before: { size_bytes: sizeBytes },
      principal_id: null,
    },
  ]);
});

it('hands the multipart upload on that brought the blob', async () => {
  const { digest } = await dueBlob(database);
  await database.rows(
    `INSERT INTO upload_sessions (expected_digest, expected_size_bytes, state, storage_key, multipart_upload_id, created_by, expires_at)
     SELECT digest, size_bytes, 'ready', storage_key, 'its upload', gen_random_uuid(), now() FROM blobs WHERE digest = $1`,
    [digest],
  );
  await collect(database);
  const [job] = await database.rows<{ payload: object }>(
    `SELECT payload FROM jobs WHERE kind = 'discard_object'`,
  );
  expect(job?.payload).toMatchObject({ multipartUploadId: 'its upload', sizeBytes: 1024 });
});

it('a dry run changes nothing, and tells what a collection then does', async () => {
  const { image } = await newDraft();
  const referred = await dueBlob(database);
  await artifacts.create(image, '1', rawArtifact(referred));
  await database.rows(
    `INSERT INTO collection_candidates (digest, since, review_after) VALUES ($1, '2020-01-01', '2020-01-02')`,
    [referred.digest],
  );
  await dueBlob(database);
  await insertVerifiedBlob(database);
  const state = () =>
    Promise.all(
      ['blobs', 'collection_candidates', 'audit_events', `jobs WHERE kind <> 'collect_blobs'`].map((table) =>
        database.rows(`SELECT * FROM ${table} ORDER BY 1`),
      ),
    );
  const before = await state();
  const told = await collect(database, { dryRun: true });
  expect(await state()).toEqual(before);
  expect(told).toMatchObject({ removedBlobs: 1, newCandidates: 1, droppedCandidates: 1 });
  expect(await collect(database)).toEqual(told);
});

it('goes on where the last attempt stopped, and counts nothing twice', async () => {
  const blobs = await Promise.all(Array.from({ length: 450 }, () => dueBlob(database)));
  const payload = { isRequested: true, dryRun: false };
  const id = await queueCollection(database, payload);
  let transactions = 0;
  const cut = {
    ...runningJob(database, id, payload),
    // The first begins the run, the second is a whole batch.
    fenced: ((work) =>
      database.transaction(async (tx) => {
        const result = await work(tx);
        if (++transactions > 2) throw new Error('cut off');
        return result;
      })) as ReturnType<typeof runningJob>['fenced'],
  };
  const collection = new BlobCollection({ isReferenced, graceMs: DAY_MS }, () => undefined);
  await expect(collection.run(cut)).rejects.toThrow('cut off');
  expect(await discardedKeys(database)).toHaveLength(200);
  const report = await collection.run(runningJob(database, id, payload));
  expect(report).toMatchObject({ examinedBlobs: 450, removedBlobs: 450, removedBytes: 450 * 1024 });
  expect(report?.removedDigests).toHaveLength(100);
  expect(new Set(await discardedKeys(database)).size).toBe(450);
  expect(await Promise.all(blobs.map(({ digest }) => isBlob(database, digest)))).not.toContain(true);
});

it('the recurring job waits a part of the grace after the last full collection, and for no dry run', async () => {
  const recurring = { isRequested: false };
  await collect(database, { dryRun: true });
  expect(await collect(database, recurring)).toBeDefined();
  expect(await collect(database, recurring)).toBeUndefined();
  await database.rows(`UPDATE collection_runs SET ended_at = ended_at - interval '1 minute'`);
  expect(await collect(database, recurring)).toBeUndefined();
  expect(await collect(database, recurring, 60_000)).toBeDefined();
  await database.rows(`UPDATE collection_runs SET ended_at = ended_at - interval '1 hour'`);
  expect(await collect(database, recurring)).toBeDefined();
});

describe('a blob that is deleted by name', () => {
  const reject = (code: string) => expect.objectContaining({ code }) as unknown;

  it('must exist', async () => {
    await expect(collections.deleteBlob(parseDigest(randomDigest()), MANAGER)).rejects.toEqual(
      reject('blob-not-found'),
    );
  });

  it('must not be referred to, and changes nothing when it is', async () => {
    const { image } = await newDraft();
    const blob = await insertVerifiedBlob(database);
    await artifacts.create(image, '1', rawArtifact(blob));
    await expect(collections.deleteBlob(parseDigest(blob.digest), MANAGER)).rejects.toEqual(
      reject('blob-referenced'),
    );
    expect(await graceLeftMs(database, blob.digest)).toBeUndefined();
    expect(await database.rows(`SELECT FROM jobs WHERE kind = 'collect_blobs'`)).toEqual([]);
  });

  it('waits for somebody who is referring to it just now, and is refused then', async () => {
    const { image } = await newDraft();
    const blob = await insertVerifiedBlob(database);
    let deleted: Promise<PromiseSettledResult<unknown>[]> | undefined;
    await database.transaction(async (tx) => {
      await tx.rows('SELECT FROM blobs WHERE digest = $1 FOR SHARE', [blob.digest]);
      deleted = Promise.allSettled([collections.deleteBlob(parseDigest(blob.digest), MANAGER)]);
      await someoneWaits(database);
      await tx.rows(
        `INSERT INTO artifacts (version_id, variant, operating_system, architecture, format, primary_blob_digest,
           primary_blob_size_bytes, primary_media_type)
         SELECT v.id, 'other', 'linux', 'amd64', 'raw', $2, $3, 'a/b' FROM versions v JOIN images i ON i.id = v.image_id
          WHERE i.name = $1`,
        [image, blob.digest, blob.sizeBytes],
      );
    });
    expect(await deleted).toEqual([{ status: 'rejected', reason: reject('blob-referenced') }]);
  });

  it('is queued once, however often it is deleted, and gone after that', async () => {
    const { digest } = await insertVerifiedBlob(database);
    const brand = parseDigest(digest);
    const [first, ...others] = await Promise.all(
      Array.from({ length: 5 }, () => collections.deleteBlob(brand, MANAGER)),
    );
    expect(first).toMatchObject({ state: 'queued', dryRun: false, digest });
    expect(new Set(others.map(({ id }) => id))).toEqual(new Set([first?.id]));
    expect(await collect(database, { digest: brand })).toMatchObject({ removedBlobs: 1 });
    await expect(collections.deleteBlob(brand, MANAGER)).rejects.toEqual(reject('blob-not-found'));
  });

  it('stays when somebody refers to it before the job runs', async () => {
    const { image } = await newDraft();
    const blob = await insertVerifiedBlob(database);
    const brand = parseDigest(blob.digest);
    await collections.deleteBlob(brand, MANAGER);
    await artifacts.create(image, '1', rawArtifact(blob));
    expect(await collect(database, { digest: brand })).toMatchObject({ removedBlobs: 0 });
    expect(await isBlob(database, blob.digest)).toBe(true);
  });

  it('waits for a lock instead of leaving the blob', async () => {
    const { digest } = await dueBlob(database);
    let collected: ReturnType<typeof collect> | undefined;
    await database.transaction(async (tx) => {
      await tx.rows('SELECT FROM blobs WHERE digest = $1 FOR SHARE', [digest]);
      collected = collect(database, { digest });
      await someoneWaits(database);
    });
    expect(await collected).toMatchObject({ removedBlobs: 1 });
  });
});

it('whoever attaches and publishes while everything is collected gets all of it or a clear refusal', async () => {
  const blobs = await Promise.all(Array.from({ length: 60 }, () => dueBlob(database)));
  const drafts = await Promise.all(blobs.map(() => newDraft()));
  const publishAll = blobs.map(async (blob, index) => {
    const image = drafts[index]?.image ?? '';
    await artifacts.create(image, '1', rawArtifact(blob));
    await publishing.publish(image, '1', MANAGER);
  });
  const collectAll = Array.from({ length: 4 }, () => collect(database));
  const published = await Promise.allSettled(publishAll);
  await Promise.all(collectAll);
  const outcomes = await Promise.all(
    published.map(async (result, index) => {
      const there = await isBlob(database, blobs[index]?.digest ?? '');
      const code = result.status === 'fulfilled' ? 'published' : (result.reason as { code: string }).code;
      return `${code} ${there ? 'with' : 'without'} the blob`;
    }),
  );
  expect(new Set(outcomes)).toEqual(
    new Set(outcomes.filter((outcome) => /^published with|^blobs-not-verified without/.test(outcome))),
  );
  expect((await discardedKeys(database)).length).toBe(
    outcomes.filter((outcome) => outcome.endsWith('without the blob')).length,
  );
});
