import { randomUUID } from 'node:crypto';
import { AuditLog } from '@imgsrv/audit';
import { retryFailedJob } from '@imgsrv/jobs';
import {
  Aliases,
  Artifacts,
  finishPublishing,
  Images,
  Manifests,
  type NewRelease,
  Publishing,
  type Releaser,
  Releases,
  Versions,
  knownAudience,
} from '@imgsrv/catalog';
import type { Database } from '@imgsrv/platform';
import { OpenedDatabase, someoneWaits } from '../support/database.js';
import { TRAIL } from './auth-database.js';
import { insertVerifiedBlob, randomDigest, rawArtifact } from './catalog-database.js';

const PAGE = { limit: 1000 };
const PRINCIPAL = randomUUID();
const WRITER: Releaser = { principalId: PRINCIPAL, viewer: 'writer' };

let opened: OpenedDatabase;
let database: Database;
let releases: Releases;
let aliases: Aliases;
let artifacts: Artifacts;
let versions: Versions;
let publishing: Publishing;
let manifests: Manifests;

beforeAll(async () => {
  opened = await OpenedDatabase.open();
  ({ database } = opened);
  releases = new Releases(database, TRAIL, { maxDrafts: 0 });
  aliases = new Aliases(database, TRAIL);
  artifacts = new Artifacts(database, TRAIL);
  versions = new Versions(database, TRAIL, { maxDrafts: 0 });
  publishing = new Publishing(database, TRAIL);
  manifests = new Manifests(database);
});

afterAll(() => opened.close());

const newName = (): string => `image-${randomUUID()}`;

interface Blob {
  readonly digest: string;
  readonly sizeBytes: number;
}

function releaseOf(blob: Blob, changes: Partial<NewRelease> = {}, attached?: Blob): NewRelease {
  const attachments =
    attached === undefined
      ? []
      : [
          {
            name: 'notes',
            mediaType: 'text/plain',
            blobDigest: attached.digest,
            blobSizeBytes: attached.sizeBytes,
          },
        ];
  return { artifacts: [{ ...rawArtifact(blob), attachments }], aliases: [], ...changes };
}

async function newRelease(changes: Partial<NewRelease> = {}): Promise<NewRelease> {
  return releaseOf(await insertVerifiedBlob(database), changes, await insertVerifiedBlob(database));
}

function finish(versionId: Parameters<typeof finishPublishing>[1]): Promise<void> {
  return database.transaction((tx) => finishPublishing(tx, versionId));
}

/** Releases and ends the job as a worker does. */
async function released(image: string, version: string, release: NewRelease) {
  const job = await releases.release(image, version, release, WRITER);
  await finish(job.versionId);
  return job;
}

async function countOf(image: string): Promise<Record<string, number>> {
  const [row] = await database.rows<{ counts: Record<string, number> }>(
    `SELECT jsonb_build_object(
       'images', (SELECT count(*) FROM images WHERE name = $1),
       'versions', (SELECT count(*) FROM versions v JOIN images i ON i.id = v.image_id WHERE i.name = $1),
       'events', (SELECT count(*) FROM audit_events WHERE starts_with(resource || '/', 'images/' || $1 || '/'))) AS counts`,
    [image],
  );
  return row?.counts ?? {};
}

async function aliasesOf(image: string): Promise<Record<string, string>> {
  const { items } = await aliases.list(image, 'writer', PAGE);
  return Object.fromEntries(items.map(({ alias, version }) => [alias, version]));
}

it('makes all that is missing, and moves the aliases when the publish ends', async () => {
  const image = newName();
  await released(image, '1.0', await newRelease({ aliases: ['latest'] }));
  const release = await newRelease({ aliases: ['stable', 'latest'] });
  const { versionId, aliases: ordered } = await releases.release(image, '2.0', release, WRITER);
  expect(ordered).toEqual(['latest', 'stable']);
  const manifest = await manifests.get(image, '2.0', 'writer');
  expect(manifest.version).toMatchObject({ id: versionId, state: 'publishing' });
  expect(manifest.artifacts).toMatchObject([{ attachments: [{ name: 'notes' }] }]);
  expect(await aliasesOf(image)).toEqual({ latest: '1.0' });
  await finish(versionId);
  expect(await aliasesOf(image)).toEqual({ latest: '2.0', stable: '2.0' });
});

it('leaves the events of the single steps in the audit log', async () => {
  const image = newName();
  await released(image, '1.0', await newRelease({ aliases: ['latest'] }));
  await released(image, '2.0', await newRelease({ aliases: ['latest'] }));
  const { items } = await new AuditLog(database).list({ resource: `images/${image}` }, PAGE);
  const actions = items.map(({ action }) => action).reverse();
  const steps = [
    'version.create',
    'artifact.create',
    'attachment.create',
    'version.publish',
    'version.published',
  ];
  expect(actions.slice(0, 7).sort()).toEqual(['image.create', ...steps, 'alias.create'].sort());
  expect(actions.slice(7).sort()).toEqual([...steps, 'alias.move'].sort());
  expect(items.find(({ action }) => action === 'alias.move')).toMatchObject({
    before: { version: '1.0' },
    after: { version: '2.0' },
  });
});

describe('repeated', () => {
  it('gives the same job while it is under way, when it has failed and when it is over', async () => {
    const image = newName();
    const release = await newRelease({ aliases: ['latest'] });
    const again = () => releases.release(image, '1.0', release, WRITER);
    const { id, versionId } = await again();
    expect((await again()).id).toBe(id);
    await database.rows(
      `UPDATE jobs SET state = 'failed', finished_at = now(), last_error = 'for the test' WHERE id = $1`,
      [id],
    );
    expect(await again()).toMatchObject({ id, state: 'failed' });
    await database.transaction((tx) => retryFailedJob(tx, id));
    await finish(versionId);
    expect((await again()).id).toBe(id);
    expect(await aliasesOf(image)).toEqual({ latest: '1.0' });
  });

  it('does not move an alias back', async () => {
    const image = newName();
    const old = await newRelease({ aliases: ['latest'] });
    await released(image, '1.0', old);
    await released(image, '2.0', await newRelease({ aliases: ['latest'] }));
    await releases.release(image, '1.0', old, WRITER);
    expect(await aliasesOf(image)).toEqual({ latest: '2.0' });
  });

  it('begins anew after the publish was given up', async () => {
    const image = newName();
    const release = await newRelease({ aliases: ['latest'] });
    const first = await releases.release(image, '1.0', release, WRITER);
    await publishing.cancel(first.id);
    const second = await releases.release(image, '1.0', { ...release, aliases: ['stable'] }, WRITER);
    expect(second.id).not.toBe(first.id);
    await finish(second.versionId);
    expect(await aliasesOf(image)).toEqual({ stable: '1.0' });
  });

  it('goes on with a draft that has a part of it', async () => {
    const image = newName();
    await new Images(database, TRAIL).create({ name: image });
    await versions.createDraft(image, '1.0', PRINCIPAL);
    const [blob, attached] = [await insertVerifiedBlob(database), await insertVerifiedBlob(database)];
    const { id } = await artifacts.create(image, '1.0', rawArtifact(blob));
    await releases.release(image, '1.0', releaseOf(blob, {}, attached), WRITER);
    const manifest = await manifests.get(image, '1.0', 'writer');
    expect(manifest.artifacts).toMatchObject([{ artifact: { id }, attachments: [{ name: 'notes' }] }]);
  });

  it.each(['draft', 'publishing', 'published'])(
    'with other content is refused while it is %s',
    async (state) => {
      const image = newName();
      const release = await newRelease();
      if (state === 'published') {
        await released(image, '1.0', release);
      } else {
        const { id } = await releases.release(image, '1.0', release, WRITER);
        await (state === 'draft' ? publishing.cancel(id) : undefined);
      }
      await expect(releases.release(image, '1.0', await newRelease(), WRITER)).rejects.toMatchObject({
        code: 'release-conflict',
        members: { pointer: '/artifacts/0/primary_blob_digest', current_state: state },
      });
    },
  );
});

describe('changes nothing at all when it is refused', () => {
  it('for digests that are not there, all of which it names', async () => {
    const image = newName();
    const [blob, absent, other] = [
      await insertVerifiedBlob(database),
      { digest: randomDigest(), sizeBytes: 1 },
      await insertVerifiedBlob(database, { sizeBytes: 7 }),
    ];
    const release = {
      artifacts: [
        { ...rawArtifact(blob), attachments: [] },
        { ...rawArtifact({ ...other, sizeBytes: 8 }, 'cloud'), attachments: [] },
        ...releaseOf(blob, {}, absent).artifacts.map((artifact) => ({ ...artifact, variant: 'spare' })),
      ],
      aliases: [],
    };
    await expect(releases.release(image, '1.0', release, WRITER)).rejects.toMatchObject({
      code: 'blobs-not-verified',
      members: { missing_digests: [absent.digest, other.digest].sort() },
    });
    expect(await countOf(image)).toEqual({ images: 0, versions: 0, events: 0 });
  });

  it('for a limited writer, who cannot tell what others brought from what is not there', async () => {
    const image = newName();
    const limited: Releaser = {
      principalId: PRINCIPAL,
      viewer: {
        principalId: PRINCIPAL,
        imagePatterns: [image],
        covers: (name) => name === image,
        audience: knownAudience([image]),
      },
    };
    const [own, theirs] = [await insertVerifiedBlob(database), await insertVerifiedBlob(database)];
    const absent = { digest: randomDigest(), sizeBytes: 1024 };
    await database.rows(
      'INSERT INTO principals (id, kind, display_name) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
      [PRINCIPAL, 'service', 'limited'],
    );
    await database.rows('INSERT INTO blob_possessions (digest, principal_id) VALUES ($1, $2)', [
      own.digest,
      PRINCIPAL,
    ]);
    for (const { digest } of [theirs, absent]) {
      const release = releaseOf(own, {}, { digest, sizeBytes: 1024 });
      await expect(releases.release(image, '1.0', release, limited)).rejects.toMatchObject({
        code: 'blobs-not-verified',
        message: 'One blob that the version refers to is not verified with the declared size.',
        members: { missing_digests: [digest] },
      });
    }
    expect(await countOf(image)).toEqual({ images: 0, versions: 0, events: 0 });
    await expect(releases.release(image, '1.0', releaseOf(own), limited)).resolves.toMatchObject({
      version: '1.0',
    });
  });

  it.each([
    ['amd64', '1.0', [], 'reserved-name'],
    [undefined, 'amd64', [], 'reserved-name'],
    [undefined, '1.0', ['x86_64'], 'reserved-name'],
    [undefined, '1.0', ['-'], 'invalid-name'],
  ])('for the names %s, %s and %j', async (name, version, named, code) => {
    const image = name ?? newName();
    const release = await newRelease({ aliases: named });
    await expect(releases.release(image, version, release, WRITER)).rejects.toMatchObject({ code });
    expect(await countOf(image)).toEqual({ images: 0, versions: 0, events: 0 });
  });

  it('for one draft more than there may be', async () => {
    const principalId = randomUUID();
    const limited = new Releases(database, TRAIL, { maxDrafts: 1 });
    const image = newName();
    await limited.release(image, '1.0', await newRelease(), { principalId, viewer: 'writer' });
    await expect(
      limited.release(image, '2.0', await newRelease(), { principalId, viewer: 'writer' }),
    ).rejects.toMatchObject({ code: 'draft-limit', members: { used: 1, allowed: 1 } });
    expect(await countOf(image)).toMatchObject({ versions: 1 });
  });
});

describe('an alias', () => {
  it('of the name of another version or of an own variant is refused at once', async () => {
    const image = newName();
    await released(image, '1.0', await newRelease());
    const variant = {
      artifacts: [{ ...rawArtifact(await insertVerifiedBlob(database), 'cloud'), attachments: [] }],
    };
    for (const [release, taken_by] of [
      [await newRelease({ aliases: ['1.0'] }), 'version'],
      [{ ...variant, aliases: ['cloud'] }, 'variant'],
    ] as const) {
      await expect(releases.release(image, '2.0', release, WRITER)).rejects.toMatchObject({
        code: 'name-taken',
        members: { taken_by },
      });
    }
  });

  it('whose name was taken meanwhile fails the job and leaves the version unpublished', async () => {
    const image = newName();
    const { versionId } = await releases.release(
      image,
      '1.0',
      await newRelease({ aliases: ['2.0'] }),
      WRITER,
    );
    await released(image, '2.0', await newRelease());
    await expect(finish(versionId)).rejects.toMatchObject({
      code: 'job-failed',
      message: expect.stringContaining('"2.0" already stands for a version') as string,
    });
    expect((await manifests.get(image, '1.0', 'writer')).version.state).toBe('publishing');
  });

  it('beyond the most that an image has is refused, and one that is there moves', async () => {
    const image = newName();
    const { versionId } = await released(image, '1.0', await newRelease());
    await database.rows(
      `INSERT INTO aliases (image_id, alias, version_id)
       SELECT v.image_id, 'a' || n, v.id FROM versions v, generate_series(1, 1000) n WHERE v.id = $1`,
      [versionId],
    );
    await expect(
      releases.release(image, '2.0', await newRelease({ aliases: ['one-more'] }), WRITER),
    ).rejects.toMatchObject({ code: 'catalog-limit' });
    await released(image, '2.0', await newRelease({ aliases: ['a1'] }));
    expect(await aliasesOf(image)).toMatchObject({ a1: '2.0', a2: '1.0' });
  });
});

describe('at the same time', () => {
  it('the same release of an image that is not there gives everybody one job', async () => {
    const image = newName();
    const release = await newRelease({ aliases: ['latest'] });
    const jobs = await Promise.all(
      Array.from({ length: 6 }, () => releases.release(image, '1.0', release, WRITER)),
    );
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(1);
    expect(await countOf(image)).toMatchObject({ images: 1, versions: 1 });
  });

  it('of two releases with other content one wins and the other learns of it', async () => {
    const image = newName();
    const both = await Promise.all([newRelease(), newRelease()]);
    const results = await Promise.allSettled(
      both.map((release) => releases.release(image, '1.0', release, WRITER)),
    );
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'release-conflict' },
    });
  });

  it('whoever sets an alias waits for the publish that moves it, and is the last', async () => {
    const image = newName();
    await released(image, '1.0', await newRelease());
    const { versionId } = await releases.release(
      image,
      '2.0',
      await newRelease({ aliases: ['latest'] }),
      WRITER,
    );
    let put: Promise<unknown> | undefined;
    await database.transaction(async (tx) => {
      await finishPublishing(tx, versionId);
      put = aliases.put(image, 'latest', '1.0', () => true);
      await someoneWaits(database);
    });
    await put;
    expect(await aliasesOf(image)).toEqual({ latest: '1.0' });
  });
});

describe('what is said of a version', () => {
  const source = {
    repository: 'https://git.example/a',
    commit: 'abc',
    pipelineUrl: 'https://git.example/a/1',
  };
  const fromPipeline: Releaser = { ...WRITER, source };

  async function said(metadata: NewRelease['metadata'], artifact: object = {}): Promise<NewRelease> {
    const release = releaseOf(await insertVerifiedBlob(database));
    return {
      ...release,
      artifacts: release.artifacts.map((one) => ({ ...one, metadata: artifact })),
      ...(metadata === undefined ? {} : { metadata }),
    };
  }

  it('is fixed by a release, with the source that the pipeline proves', async () => {
    const image = newName();
    const metadata = { notes: 'Fixes', endOfLife: '2030-01-31', labels: { a: 'b' } };
    const ofArtifact = {
      defaultUser: 'debian',
      minDiskBytes: 2,
      firmware: 'uefi',
      secureBoot: false,
      cloudInit: true,
    };
    const release = await said(metadata, ofArtifact);
    const { id } = await releases.release(image, '1.0', release, fromPipeline);
    const { version, artifacts: declared } = await manifests.get(image, '1.0', 'writer');
    expect(version.metadata).toEqual({ ...metadata, source });
    expect(declared).toMatchObject([{ artifact: { metadata: ofArtifact } }]);
    const other = { ...fromPipeline, source: { ...source, pipelineUrl: 'https://git.example/a/2' } };
    expect((await releases.release(image, '1.0', release, other)).id).toBe(id);
    await expect(
      releases.release(image, '1.0', { ...release, metadata: { notes: 'Other' } }, WRITER),
    ).rejects.toMatchObject({ code: 'release-conflict', members: { pointer: '/metadata/notes' } });
  });

  it('completes a draft, and its own word goes before that of the pipeline', async () => {
    const image = newName();
    await new Images(database, TRAIL).create({ name: image });
    await versions.createDraft(image, '1.0', PRINCIPAL, { notes: 'Fixes' });
    const release = await said({ notes: 'Fixes', source: { commit: 'own' } }, { secureBoot: true });
    await artifacts.create(image, '1.0', {
      ...release.artifacts[0],
      metadata: {},
    } as NewRelease['artifacts'][0]);
    await releases.release(image, '1.0', release, fromPipeline);
    const { version, artifacts: declared } = await manifests.get(image, '1.0', 'writer');
    expect(version.metadata).toEqual({ notes: 'Fixes', source: { commit: 'own' } });
    expect(declared).toMatchObject([{ artifact: { metadata: { secureBoot: true } } }]);
  });
});
