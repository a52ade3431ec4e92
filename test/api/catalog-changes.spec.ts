import { randomUUID } from 'node:crypto';
import { parseDigest } from '@imgsrv/cas';
import {
  Aliases,
  Artifacts,
  Attachments,
  finishPublishing,
  Images,
  Manifests,
  BlobVisibility,
  PublishedBlobs,
  Publishing,
  Versions,
} from '@imgsrv/catalog';
import type { Database } from '@imgsrv/platform';
import { OpenedDatabase, someoneWaits } from '../support/database.js';
import { TRAIL } from './auth-database.js';
import { insertVerifiedBlob, randomDigest, rawArtifact } from './catalog-database.js';

const FIRST_PAGE = { limit: 1000 };
const ANY = () => true;
const PUBLISHER = 'a-principal';
const CREATOR = randomUUID();

let catalog: OpenedDatabase;
let database: Database;
let images: Images;
let versions: Versions;
let artifacts: Artifacts;
let attachments: Attachments;
let aliases: Aliases;
let manifests: Manifests;
let publishing: Publishing;

beforeAll(async () => {
  catalog = await OpenedDatabase.open();
  ({ database } = catalog);
  images = new Images(database, TRAIL);
  versions = new Versions(database, TRAIL, { maxDrafts: 0 });
  artifacts = new Artifacts(database, TRAIL);
  attachments = new Attachments(database, TRAIL);
  aliases = new Aliases(database, TRAIL);
  manifests = new Manifests(database);
  publishing = new Publishing(database, TRAIL);
});

afterAll(() => catalog.close());

async function newImage(): Promise<string> {
  const { name } = await images.create({ name: `image-${randomUUID()}` });
  return name;
}

async function newDraft(image: string, version: string) {
  const draft = await versions.createDraft(image, version, CREATOR);
  const artifact = await artifacts.create(image, version, rawArtifact(await insertVerifiedBlob(database)));
  return { draft, artifact };
}

async function publishNow(image: string, version: string): Promise<void> {
  const { versionId } = await publishing.publish(image, version, PUBLISHER);
  await database.transaction((tx) => finishPublishing(tx, versionId));
}

async function newPublished(image: string, version: string): Promise<void> {
  await newDraft(image, version);
  await publishNow(image, version);
}

/** What came of calls that were made at the same time: the codes of those that failed. */
function failures(results: readonly PromiseSettledResult<unknown>[]): unknown[] {
  return results.flatMap((result) =>
    result.status === 'rejected' ? [(result.reason as { code?: unknown }).code] : [],
  );
}

describe('at the same time', () => {
  it('creates an image once', async () => {
    const name = `image-${randomUUID()}`;
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => images.create({ name })));
    expect(failures(results)).toEqual(Array(4).fill('image-exists'));
  });

  it('creates a draft once', async () => {
    const image = await newImage();
    const results = await Promise.allSettled(
      Array.from({ length: 5 }, () => versions.createDraft(image, '1.0', CREATOR)),
    );
    expect(failures(results)).toEqual(Array(4).fill('version-exists'));
  });

  it('creates an artifact once', async () => {
    const image = await newImage();
    await versions.createDraft(image, '1.0', CREATOR);
    const declared = rawArtifact(await insertVerifiedBlob(database));
    const results = await Promise.allSettled(
      Array.from({ length: 5 }, () => artifacts.create(image, '1.0', declared)),
    );
    expect(failures(results)).toEqual(Array(4).fill('artifact-exists'));
  });

  it('publishes once, and every caller gets the same job', async () => {
    const image = await newImage();
    const { draft } = await newDraft(image, '1.0');
    const jobs = await Promise.all(
      Array.from({ length: 5 }, () => publishing.publish(image, '1.0', PUBLISHER)),
    );
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(1);
    expect(await database.rows('SELECT FROM publish_jobs WHERE version_id = $1', [draft.id])).toHaveLength(1);
    expect(
      await database.rows(`SELECT FROM jobs WHERE payload ->> 'versionId' = $1`, [draft.id]),
    ).toHaveLength(1);
  });

  it.each([
    [
      'an artifact added',
      (image: string) =>
        artifacts.create(image, '1.0', rawArtifact({ digest: randomDigest(), sizeBytes: 1 }, 'late')),
    ],
    [
      'an artifact deleted',
      (image: string, artifactId: string) => artifacts.delete(image, '1.0', artifactId),
    ],
    [
      'an attachment added',
      (image: string, artifactId: string) =>
        attachments.create(image, '1.0', artifactId, {
          name: 'late',
          mediaType: 'text/plain',
          blobDigest: randomDigest(),
          blobSizeBytes: 1,
        }),
    ],
    ['the draft deleted', (image: string) => versions.deleteDraft(image, '1.0')],
  ])('%s while a publish commits is refused', async (_what, edit) => {
    const image = await newImage();
    const { draft, artifact } = await newDraft(image, '1.0');
    let outcome: Promise<PromiseSettledResult<unknown>[]> | undefined;
    await database.transaction(async (tx) => {
      await tx.rows('SELECT FROM versions WHERE id = $1 FOR UPDATE', [draft.id]);
      await tx.rows('UPDATE artifacts SET bound_blob_digest = primary_blob_digest WHERE version_id = $1', [
        draft.id,
      ]);
      await tx.rows(`UPDATE versions SET state = 'publishing' WHERE id = $1`, [draft.id]);
      outcome = Promise.allSettled([edit(image, artifact.id)]);
      await someoneWaits(database);
    });
    expect(failures((await outcome) ?? [])).toEqual(['version-not-draft']);
  });

  it('publishes what an edit that was first has added', async () => {
    const image = await newImage();
    const { draft } = await newDraft(image, '1.0');
    const absent = randomDigest();
    let outcome: Promise<PromiseSettledResult<unknown>[]> | undefined;
    await database.transaction(async (tx) => {
      await tx.rows('SELECT FROM versions WHERE id = $1 FOR UPDATE', [draft.id]);
      await tx.rows(
        `INSERT INTO artifacts (version_id, variant, operating_system, architecture, format, primary_blob_digest,
           primary_blob_size_bytes, primary_media_type) VALUES ($1, 'other', 'linux', 'amd64', 'raw', $2, 1, 'a/b')`,
        [draft.id, absent],
      );
      outcome = Promise.allSettled([publishing.publish(image, '1.0', PUBLISHER)]);
      await someoneWaits(database);
    });
    const [result] = (await outcome) ?? [];
    expect(result).toMatchObject({
      status: 'rejected',
      reason: { code: 'blobs-not-verified', members: { missing_digests: [absent] } },
    });
  });

  it('keeps a blob that is being collected from a new draft, or the draft from the blob', async () => {
    const image = await newImage();
    await versions.createDraft(image, '1.0', CREATOR);
    const blob = await insertVerifiedBlob(database);
    let attached: Promise<unknown> | undefined;
    await database.transaction(async (tx) => {
      await tx.rows('SELECT FROM blobs WHERE digest = $1 FOR UPDATE', [blob.digest]);
      attached = artifacts.create(image, '1.0', rawArtifact(blob));
      await someoneWaits(database);
      await tx.rows('INSERT INTO collection_candidates (digest, review_after) VALUES ($1, now())', [
        blob.digest,
      ]);
      await tx.rows('DELETE FROM blobs WHERE digest = $1', [blob.digest]);
    });
    await attached;
    await expect(publishing.publish(image, '1.0', PUBLISHER)).rejects.toMatchObject({
      code: 'blobs-not-verified',
      members: { missing_digests: [blob.digest] },
    });
  });

  it('moves an alias by compare-and-set for one of many', async () => {
    const image = await newImage();
    await newPublished(image, '1');
    await newPublished(image, '2');
    const { entityTag } = await aliases.put(image, 'latest', '1', ANY);
    const results = await Promise.allSettled(
      Array.from({ length: 5 }, () =>
        aliases.put(image, 'latest', '2', (current) => current?.entityTag === entityTag),
      ),
    );
    expect(failures(results)).toEqual(Array(4).fill('alias-changed'));
  });

  it('creates an alias once, whoever comes first', async () => {
    const image = await newImage();
    await newPublished(image, '1');
    const made = await Promise.all(Array.from({ length: 5 }, () => aliases.put(image, 'latest', '1', ANY)));
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
  });
});

describe('a name that stands for something else in the image', () => {
  const taken = (kind: string, version: string) => ({
    code: 'name-taken',
    members: { taken_by: kind, taken_by_version: version },
  });

  /** As an earlier release could leave it. */
  const insertAlias = (image: string, alias: string, version: string) =>
    database.rows(
      `INSERT INTO aliases (image_id, alias, version_id) SELECT image_id, $2, v.id
         FROM versions v JOIN images i ON i.id = v.image_id WHERE i.name = $1 AND v.version = $3`,
      [image, alias, version],
    );

  async function newVariant(image: string, version: string, variant: string): Promise<void> {
    await versions.createDraft(image, version, CREATOR);
    const blob = await insertVerifiedBlob(database);
    await artifacts.create(image, version, { ...rawArtifact(blob), variant });
    await publishNow(image, version);
  }

  it('is not taken by an alias from a version', async () => {
    const image = await newImage();
    await newPublished(image, '1');
    await newPublished(image, '2');
    await expect(aliases.put(image, '1', '2', ANY)).rejects.toMatchObject(taken('version', '1'));
    expect((await manifests.getByRef(image, '1', 'anyone')).version.version).toBe('1');
    await aliases.put(image, '2', '2', ANY);
    await expect(aliases.put(image, '2', '1', ANY)).rejects.toMatchObject(taken('version', '2'));
  });

  it('is not taken by an alias from a version that is being published', async () => {
    const image = await newImage();
    await newPublished(image, '1');
    await newDraft(image, '2');
    await publishing.publish(image, '2', PUBLISHER);
    await expect(aliases.put(image, '2', '1', ANY)).rejects.toMatchObject(taken('version', '2'));
  });

  it('is not taken by an alias from a variant', async () => {
    const image = await newImage();
    await newVariant(image, '1', 'cloud');
    await newPublished(image, '2');
    for (const version of ['1', '2']) {
      await expect(aliases.put(image, 'cloud', version, ANY)).rejects.toMatchObject(taken('variant', '1'));
    }
    await expect(aliases.put(image, 'default', '2', ANY)).resolves.toBeDefined();
  });

  it('may move on with an alias that a variant has come to be called like', async () => {
    const image = await newImage();
    await newPublished(image, '1');
    await aliases.put(image, 'cloud', '1', ANY);
    await newVariant(image, '2', 'cloud');
    await expect(aliases.put(image, 'cloud', '2', ANY)).resolves.toMatchObject({ version: '2' });
  });

  it('is not taken by a version from an alias or a variant', async () => {
    const image = await newImage();
    await newVariant(image, '1', 'cloud');
    await aliases.put(image, 'stable', '1', ANY);
    for (const [version, kind] of [
      ['stable', 'alias'],
      ['cloud', 'variant'],
    ] as const) {
      await newDraft(image, version);
      await expect(publishing.publish(image, version, PUBLISHER)).rejects.toMatchObject(taken(kind, '1'));
      await expect(manifests.get(image, version, 'writer')).resolves.toMatchObject({
        version: { state: 'draft' },
      });
    }
    await aliases.delete(image, 'stable', ANY);
    await publishNow(image, 'stable');
    expect((await manifests.getByRef(image, 'stable', 'anyone')).version.version).toBe('stable');
  });

  it('goes to one of an alias and a version that want it at the same moment', async () => {
    for (let round = 0; round < 5; round += 1) {
      const image = await newImage();
      await newPublished(image, '1');
      await newDraft(image, '2');
      const results = await Promise.allSettled([
        aliases.put(image, '2', '1', ANY),
        publishing.publish(image, '2', PUBLISHER),
      ]);
      expect(failures(results)).toEqual(['name-taken']);
    }
  });

  it('stays with the version where an earlier release gave it to an alias as well', async () => {
    const image = await newImage();
    await newPublished(image, '1');
    await newPublished(image, '2');
    await insertAlias(image, '1', '2');
    expect((await manifests.getByRef(image, '1', 'anyone')).version.version).toBe('1');
    await expect(aliases.delete(image, '1', ANY)).resolves.toBeUndefined();
  });
});

describe('a publish', () => {
  it.each([
    ['that is empty', 'version-empty', (image: string) => versions.createDraft(image, '1.0', CREATOR)],
    [
      'whose blob has another size than declared',
      'blobs-not-verified',
      async (image: string) => {
        await versions.createDraft(image, '1.0', CREATOR);
        const { digest, sizeBytes } = await insertVerifiedBlob(database);
        await artifacts.create(image, '1.0', rawArtifact({ digest, sizeBytes: sizeBytes + 1 }));
      },
    ],
    [
      'whose attachment is not there',
      'blobs-not-verified',
      async (image: string) => {
        const { artifact } = await newDraft(image, '1.0');
        await attachments.create(image, '1.0', artifact.id, {
          name: 'incus.tar.xz',
          mediaType: 'application/x-xz',
          blobDigest: randomDigest(),
          blobSizeBytes: 1,
        });
      },
    ],
  ])('of a draft %s is refused and leaves a draft without a job', async (_what, code, prepare) => {
    const image = await newImage();
    await prepare(image);
    await expect(publishing.publish(image, '1.0', PUBLISHER)).rejects.toMatchObject({ code });
    await expect(publishing.getJobOfVersion(image, '1.0')).rejects.toMatchObject({
      code: 'publish-job-not-found',
    });
    expect((await manifests.get(image, '1.0', 'writer')).version.state).toBe('draft');
  });

  it('that failed is given up: the draft can be edited and published anew', async () => {
    const image = await newImage();
    const { artifact } = await newDraft(image, '1.0');
    const first = await publishing.publish(image, '1.0', PUBLISHER);
    await expect(publishing.retry(first.id)).rejects.toMatchObject({ code: 'job-not-failed' });

    await database.rows(
      `UPDATE jobs SET state = 'failed', last_error = 'why', finished_at = now() WHERE id = $1`,
      [first.id],
    );
    expect(await publishing.publish(image, '1.0', PUBLISHER)).toMatchObject({
      id: first.id,
      state: 'failed',
    });
    expect(await publishing.cancel(first.id)).toMatchObject({ state: 'canceled', failureMessage: 'why' });
    await expect(publishing.cancel(first.id)).rejects.toMatchObject({ code: 'job-over' });

    await artifacts.delete(image, '1.0', artifact.id);
    await expect(publishing.publish(image, '1.0', PUBLISHER)).rejects.toMatchObject({
      code: 'version-empty',
    });
    await artifacts.create(image, '1.0', rawArtifact(await insertVerifiedBlob(database)));
    const second = await publishing.publish(image, '1.0', PUBLISHER);
    expect(second.id).not.toBe(first.id);
    expect(await publishing.getJobOfVersion(image, '1.0')).toEqual(second);
  });

  it('that failed is queued again by a retry, once', async () => {
    const image = await newImage();
    await newDraft(image, '1.0');
    const { id } = await publishing.publish(image, '1.0', PUBLISHER);
    await database.rows(
      `UPDATE job_steps SET state = CASE sequence WHEN 10 THEN 'succeeded' ELSE 'failed' END,
              failure_message = CASE sequence WHEN 10 THEN NULL ELSE 'why' END, finished_at = now()
        WHERE job_id = $1 AND sequence < 30`,
      [id],
    );
    await database.rows(
      `UPDATE jobs SET state = 'failed', last_error = 'why', finished_at = now() WHERE id = $1`,
      [id],
    );
    expect(await publishing.getJob(id)).toMatchObject({ failedStep: 'incus_index', failureMessage: 'why' });

    const results = await Promise.allSettled([publishing.retry(id), publishing.retry(id)]);
    expect(failures(results)).toEqual(['job-not-failed']);
    const retried = await publishing.getJob(id);
    expect(retried).toMatchObject({ state: 'queued' });
    expect(retried.failedStep).toBeUndefined();
    expect(retried.steps.map(({ state }) => state)).toEqual(['succeeded', 'queued', 'queued']);
  });

  it('of what is published answers with its job', async () => {
    const image = await newImage();
    await newDraft(image, '1.0');
    const { id } = await publishing.publish(image, '1.0', PUBLISHER);
    await publishNow(image, '1.0');
    expect(await publishing.publish(image, '1.0', PUBLISHER)).toMatchObject({ id });
  });
});

describe('what is not published', () => {
  it('looks absent to those who may not see it', async () => {
    const image = await newImage();
    const { artifact } = await newDraft(image, '1.0');
    await expect(images.get(image, 'anyone')).rejects.toMatchObject({ code: 'image-not-found' });
    await expect(manifests.get(image, '1.0', 'anyone')).rejects.toMatchObject({ code: 'image-not-found' });
    await expect(versions.list(image, ['draft'], 'anyone', FIRST_PAGE)).rejects.toMatchObject({
      code: 'image-not-found',
    });
    await expect(aliases.list(image, 'anyone', FIRST_PAGE)).rejects.toMatchObject({
      code: 'image-not-found',
    });
    await newPublished(image, '0.9');
    await expect(manifests.get(image, '1.0', 'anyone')).rejects.toMatchObject({
      code: 'version-not-found',
    });
    await expect(manifests.getByRef(image, '1.0', 'anyone')).rejects.toMatchObject({ code: 'ref-not-found' });
    await expect(artifacts.listPublished(image, '1.0', 'anyone', FIRST_PAGE)).rejects.toMatchObject({
      code: 'version-not-found',
    });
    await expect(artifacts.getPublished(image, '1.0', artifact.id, 'anyone')).rejects.toMatchObject({
      code: 'version-not-found',
    });
    await expect(
      new PublishedBlobs(database).getArtifact(image, '1.0', artifact.id, 'anyone'),
    ).rejects.toMatchObject({
      code: 'artifact-not-found',
    });
    expect((await versions.list(image, ['draft', 'published'], 'anyone', FIRST_PAGE)).items).toMatchObject([
      { version: '0.9' },
    ]);
    expect((await versions.list(image, ['draft', 'published'], 'writer', FIRST_PAGE)).items).toMatchObject([
      { version: '1.0' },
      { version: '0.9' },
    ]);
  });

  it('does not make its blobs public, while it is publishing neither', async () => {
    const image = await newImage();
    const { artifact } = await newDraft(image, '1.0');
    const digest = parseDigest(artifact.primaryBlobDigest);
    const blobs = new BlobVisibility(database);
    expect(await blobs.isVisible(digest, 'anyone')).toBe(false);
    await publishing.publish(image, '1.0', PUBLISHER);
    expect(await blobs.isVisible(digest, 'anyone')).toBe(false);
    await publishNow(image, '1.0');
    expect(await blobs.isVisible(digest, 'anyone')).toBe(true);
    expect(await blobs.isVisible(parseDigest(randomDigest()), 'anyone')).toBe(false);
  });

  it('is not what an alias can point to', async () => {
    const image = await newImage();
    await newDraft(image, '1.0');
    await expect(aliases.put(image, 'latest', '1.0', ANY)).rejects.toMatchObject({
      code: 'version-not-published',
      members: { current_state: 'draft' },
    });
    await expect(aliases.put(image, 'latest', '2.0', ANY)).rejects.toMatchObject({
      code: 'version-not-found',
    });
  });
});

describe('lists', () => {
  it('page through everything once, in a stable order', async () => {
    const image = await newImage();
    for (const version of ['b', 'a', 'B', '1', 'draft-1', 'draft-2']) {
      await newDraft(image, version);
    }
    for (const version of ['b', 'a', 'B', '1']) {
      await publishNow(image, version);
    }
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await versions.list(image, ['draft', 'published'], 'writer', {
        limit: 1,
        ...(cursor === undefined ? {} : { cursor }),
      });
      seen.push(...page.items.map(({ version }) => version));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(seen).toEqual(['draft-2', 'draft-1', '1', 'B', 'a', 'b']);
  });

  it('sort artifacts by what they are for, and page through them', async () => {
    const image = await newImage();
    await versions.createDraft(image, '1.0', CREATOR);
    const blob = await insertVerifiedBlob(database);
    for (const variant of ['zeta', 'Beta', 'alpha']) {
      await artifacts.create(image, '1.0', rawArtifact(blob, variant));
    }
    await publishNow(image, '1.0');
    const first = await artifacts.listPublished(image, '1.0', 'anyone', { limit: 2 });
    expect(first.items.map(({ variant }) => variant)).toEqual(['Beta', 'alpha']);
    const rest = await artifacts.listPublished(image, '1.0', 'anyone', {
      limit: 2,
      cursor: first.nextCursor ?? '',
    });
    expect(rest.items.map(({ variant }) => variant)).toEqual(['zeta']);
    expect(rest.nextCursor).toBeUndefined();
  });
});

describe('an alias', () => {
  it('keeps its id when it moves, and its entity tag while it does not', async () => {
    const image = await newImage();
    await newPublished(image, '1');
    await newPublished(image, '2');
    const made = await aliases.put(image, 'latest', '1', ANY);
    expect(await aliases.put(image, 'latest', '1', ANY)).toEqual(made);
    const moved = await aliases.put(image, 'latest', '2', ANY);
    expect(moved).toMatchObject({ id: made.id, version: '2' });
    expect(moved.entityTag).not.toBe(made.entityTag);
    const back = await aliases.put(image, 'latest', '1', ANY);
    expect(back.entityTag).not.toBe(made.entityTag);
    await aliases.delete(image, 'latest', ANY);
    await expect(aliases.delete(image, 'latest', ANY)).rejects.toMatchObject({ code: 'alias-not-found' });
    expect((await aliases.put(image, 'latest', '1', ANY)).id).not.toBe(made.id);
  });

  it('does not give way to a version of the same name', async () => {
    const image = await newImage();
    await newPublished(image, '1');
    await newDraft(image, 'latest');
    await aliases.put(image, 'latest', '1', ANY);
    expect((await manifests.getByRef(image, 'latest', 'anyone')).version.version).toBe('1');
    await expect(publishNow(image, 'latest')).rejects.toMatchObject({ code: 'name-taken' });
    expect((await manifests.getByRef(image, 'latest', 'anyone')).version.version).toBe('1');
  });
});

it.each(['amd64', 'x86_64', 'aarch64'])('refuses %s, an architecture, as any new name', async (name) => {
  const image = await newImage();
  await newPublished(image, '1');
  await versions.createDraft(image, '2', CREATOR);
  const refusal = { code: 'reserved-name' };
  await expect(images.create({ name })).rejects.toMatchObject(refusal);
  await expect(versions.createDraft(image, name, CREATOR)).rejects.toMatchObject(refusal);
  await expect(aliases.put(image, name, '1', ANY)).rejects.toMatchObject(refusal);
  const blob = await insertVerifiedBlob(database);
  await expect(artifacts.create(image, '2', rawArtifact(blob, name))).rejects.toMatchObject(refusal);
});

it('keeps at most 50 attachments of an artifact', async () => {
  const image = await newImage();
  const { artifact } = await newDraft(image, '1');
  const attach = (name: string) =>
    attachments.create(image, '1', artifact.id, {
      name,
      mediaType: 'text/plain',
      blobDigest: randomDigest(),
      blobSizeBytes: 0,
    });
  for (let count = 0; count < 49; count += 1) {
    await attach(`file-${count}`);
  }
  const results = await Promise.allSettled([attach('a'), attach('b'), attach('c')]);
  expect(failures(results)).toEqual(['catalog-limit', 'catalog-limit']);
});
