import { Deprecations, type VersionId, Withdrawals } from '@imgsrv/catalog';
import type { Database } from '@imgsrv/platform';
import { CatalogueRevision, CatalogueRows } from '@imgsrv/streams';
import { OpenedDatabase } from '../support/database.js';
import { StreamsCatalog } from './streams-catalog.js';

const UNRECORDED = { record: () => Promise.resolve() };

let opened: OpenedDatabase;
let database: Database;
let catalog: StreamsCatalog;
let rows: CatalogueRows;

beforeEach(async () => {
  opened = await OpenedDatabase.open();
  ({ database } = opened);
  catalog = new StreamsCatalog(database);
  rows = new CatalogueRows(new CatalogueRevision(database));
});

afterEach(() => opened.close());

async function rowsOf(image: string) {
  const { images } = await rows.current();
  return [...images.values()].find((candidate) => candidate.image === image);
}

/** A change that the database tells nobody of. */
async function spoilSecretly(image: string): Promise<void> {
  await database.rows(
    `UPDATE stream_roots SET os = 'Secret' WHERE version_id IN (
       SELECT v.id FROM versions v JOIN images i ON i.id = v.image_id WHERE i.name = $1)`,
    [image],
  );
}

const osOf = async (image: string) => (await rowsOf(image))?.published[0]?.os;

describe('after a change', () => {
  it('only the image that it is about is read', async () => {
    await catalog.publishNew('debian', '12');
    const arch = await catalog.publishNew('arch', '1');
    const [debian, before] = [await rowsOf('debian'), await rowsOf('arch')];
    await spoilSecretly('debian');
    await catalog.publishNew('arch', '2');
    expect(await rowsOf('debian')).toBe(debian);
    const after = await rowsOf('arch');
    expect(after?.published).toHaveLength(2);
    const unchanged = after?.published.find(({ versionId }) => versionId === arch);
    expect(unchanged).toBe(before?.published[0]);
  });

  it.each<[string, (version: VersionId) => Promise<unknown>]>([
    ['an alias', (version) => catalog.pointAlias('latest', version)],
    ['the visibility', () => database.rows(`UPDATE images SET visibility = 'private' WHERE name = 'debian'`)],
    [
      'a withdrawal',
      () =>
        new Withdrawals(database, UNRECORDED, { restoreWindowMs: 3_600_000 }).withdraw('debian', '12', {
          reason: 'broken',
        }),
    ],
    [
      'a deprecation',
      () => new Deprecations(database, UNRECORDED).deprecate('debian', '12', { reason: 'old' }),
    ],
  ])('the image is read again: %s', async (_, change) => {
    const version = await catalog.publishNew('debian', '12');
    const before = await rowsOf('debian');
    await change(version);
    expect(await rowsOf('debian')).not.toEqual(before);
  });

  it('an image that is gone is forgotten', async () => {
    await catalog.publishNew('debian', '12');
    expect(await rowsOf('debian')).toBeDefined();
    await database.transaction(async (tx) => {
      await tx.rows('ALTER TABLE versions DISABLE TRIGGER USER');
      await tx.rows(`UPDATE versions SET state = 'draft', published_at = NULL`);
      await tx.rows('ALTER TABLE versions ENABLE TRIGGER USER');
      await tx.rows('SELECT note_streams_change(id) FROM images');
    });
    expect(await rowsOf('debian')).toBeUndefined();
  });
});

it.each<[string, string]>([
  ['by a release that knows nothing of images', 'UPDATE streams_revision SET revision = revision + 1'],
  ['by a database that came back in an older state', 'UPDATE streams_revision SET revision = 1'],
])('everything is read when the revision is set %s', async (_, sql) => {
  await catalog.publishNew('debian', '12');
  await catalog.publishNew('arch', '1');
  await rows.current();
  await spoilSecretly('debian');
  await database.rows(sql);
  await catalog.publishNew('arch', '2');
  expect(await osOf('debian')).toBe('Secret');
  await spoilSecretly('arch');
  await catalog.pointAlias('latest', await catalog.publishNew('debian', '13'));
  expect(await osOf('arch')).not.toBe('Secret');
});

it('reads more rows than it takes at a time', async () => {
  const version = await catalog.publishNew('debian', '12');
  await database.transaction(async (tx) => {
    await tx.rows('ALTER TABLE artifacts DISABLE TRIGGER USER');
    await tx.rows(
      `WITH more AS (
         INSERT INTO artifacts (version_id, variant, operating_system, architecture, format, primary_blob_digest,
             primary_blob_size_bytes, primary_media_type, bound_blob_digest)
           SELECT version_id, 'v' || n, operating_system, architecture, format, primary_blob_digest,
             primary_blob_size_bytes, primary_media_type, bound_blob_digest
             FROM artifacts, generate_series(1, 1200) AS n WHERE version_id = $1 RETURNING id, variant)
       INSERT INTO stream_roots (artifact_id, client, version_id, image_type, architecture, variant, os, release,
           release_title, requirements, content, format, root_digest, root_size_bytes, metadata_digest,
           metadata_size_bytes, fingerprint)
         SELECT more.id, client, version_id, image_type, r.architecture, more.variant, os, release, release_title,
           requirements, content, r.format, root_digest, root_size_bytes, metadata_digest, metadata_size_bytes, fingerprint
           FROM stream_roots r, more WHERE r.version_id = $1`,
      [version],
    );
    await tx.rows('ALTER TABLE artifacts ENABLE TRIGGER USER');
  });
  expect((await rowsOf('debian'))?.published).toHaveLength(1201);
});
