import type { Digest } from '@imgsrv/cas';
import { audienceOf, Deprecations, Withdrawals } from '@imgsrv/catalog';
import { type Database, DependencyUnavailableError } from '@imgsrv/platform';
import {
  AudienceStreams,
  CatalogueRevision,
  CatalogueRows,
  StreamsCatalogue,
  type StreamsDocuments,
  StreamsFileNotFoundError,
  type StreamsObserver,
} from '@imgsrv/streams';
import { pino } from 'pino';
import { ViewDocuments } from '../../libs/streams/src/serving/view-documents.js';
import { openDatabase, OpenedDatabase } from '../support/database.js';
import { DatabaseLink } from '../support/database-link.js';
import { digestOf, METADATA, randomBytes, StreamsCatalog } from './streams-catalog.js';

const SILENT = pino({ level: 'silent' });

interface Images {
  readonly products: Record<
    string,
    { readonly aliases: string; readonly arch: string; readonly os: unknown }
  >;
}

/** Counts what the catalogue tells. */
class Counts implements StreamsObserver {
  renders = 0;
  rejections = 0;
  leftOut = 0;

  rendered(render: { leftOut: number }): void {
    this.renders += 1;
    this.leftOut = render.leftOut;
  }

  rejected(): void {
    this.rejections += 1;
  }
}

const imagesOf = ({ images }: StreamsDocuments) => JSON.parse(images.plain.toString()) as Images;

function aliasesOf(documents: StreamsDocuments): string[] {
  return Object.values(imagesOf(documents).products)
    .map(({ aliases }) => aliases)
    .sort();
}

describe('the served documents', () => {
  let opened: OpenedDatabase;
  let database: Database;
  let catalog: StreamsCatalog;
  let counts: Counts;
  let catalogue: StreamsCatalogue;

  beforeEach(async () => {
    opened = await OpenedDatabase.open();
    ({ database } = opened);
    catalog = new StreamsCatalog(database);
    counts = new Counts();
    catalogue = new StreamsCatalogue(new CatalogueRows(new CatalogueRevision(database)), counts, SILENT);
  });

  afterEach(() => opened.close());

  it('are empty and sound before anything is published', async () => {
    await catalog.draft('debian', '12');
    const documents = await catalogue.documents();
    expect(imagesOf(documents).products).toEqual({});
    expect(JSON.parse(documents.index.plain.toString())).toMatchObject({
      index: { images: { products: [] } },
    });
  });

  it('have what was published before the call, and not what is only indexed', async () => {
    await catalog.publishNew('debian', '12', [{}]);
    const draft = await catalog.draft('debian', '13');
    await catalog.index(draft);
    expect(aliasesOf(await catalogue.documents())).toEqual(['debian,debian/12']);
    await catalog.publish(draft);
    expect(aliasesOf(await catalogue.documents())).toEqual(['debian,debian/13', 'debian/12']);
  });

  it('follow aliases as they are made, moved and deleted', async () => {
    const v12 = await catalog.publishNew('debian', '12');
    const v13 = await catalog.publishNew('debian', '13');
    await catalog.pointAlias('latest', v12);
    expect(aliasesOf(await catalogue.documents())).toEqual(['debian,debian/12,debian/latest', 'debian/13']);
    await catalog.pointAlias('latest', v13);
    expect(aliasesOf(await catalogue.documents())).toEqual(['debian,debian/13,debian/latest', 'debian/12']);
    await database.rows(`DELETE FROM aliases WHERE alias = 'latest'`);
    expect(aliasesOf(await catalogue.documents())).toEqual(['debian,debian/13', 'debian/12']);
  });

  it('follow a deprecation, a withdrawal and a restore at once', async () => {
    const changes = { record: () => Promise.resolve() };
    const withdrawals = new Withdrawals(database, changes, { restoreWindowMs: 3_600_000 });
    const deprecations = new Deprecations(database, changes);
    await catalog.publishNew('debian', '12');
    await catalog.publishNew('debian', '13');
    const before = (await catalogue.documents()).images.plain.toString();
    const label = '"label":"deprecated"';
    expect(before).not.toContain(label);
    await deprecations.deprecate('debian', '12', { reason: 'old' });
    expect((await catalogue.documents()).images.plain.toString()).toContain(label);
    await deprecations.takeBack('debian', '12');
    expect((await catalogue.documents()).images.plain.toString()).toBe(before);
    await withdrawals.withdraw('debian', '13', { reason: 'broken' });
    expect(aliasesOf(await catalogue.documents())).toEqual(['debian,debian/12']);
    await withdrawals.restore('debian', '13');
    expect((await catalogue.documents()).images.plain.toString()).toBe(before);
  });

  it('keep for others the names of files that a withdrawn version had as well', async () => {
    const changes = { record: () => Promise.resolve() };
    const withdrawals = new Withdrawals(database, changes, { restoreWindowMs: 3_600_000 });
    const root = randomBytes();
    await catalog.publishNew('evil', '1', [{ root }]);
    await catalog.publishNew('good', '1', [{ root }]);
    const listedPaths = async () =>
      [
        ...(await catalogue.documents()).images.plain.toString().matchAll(/files\/([0-9a-f]{64}\/[^"]+)/g),
      ].map(([, path = '']) => path);
    const before = await listedPaths();
    await withdrawals.withdraw('evil', '1', { reason: 'out of spite' });
    expect(await listedPaths()).not.toEqual(before);
    const served = before.map((path) => path.split('/'));
    for (const [hex = '', name = ''] of served) {
      await expect(catalogue.getFile(hex, name)).resolves.toContain(hex);
    }
    await withdrawals.withdraw('good', '1', { reason: 'all of it' });
    for (const [hex = '', name = ''] of served) {
      await expect(catalogue.getFile(hex, name)).rejects.toBeInstanceOf(StreamsFileNotFoundError);
    }
  });

  it('are rendered once for a revision, however many ask', async () => {
    await catalog.publishNew('debian', '12');
    const all = await Promise.all(Array.from({ length: 50 }, () => catalogue.documents()));
    expect(new Set(all).size).toBe(1);
    expect(await catalogue.documents()).toBe(all[0]);
    expect(counts.renders).toBe(1);
  });

  it('are not rendered again for changes that nobody is shown', async () => {
    const version = await catalog.publishNew('debian', '12');
    await catalog.pointAlias('latest', version);
    const before = await catalogue.documents();
    await catalog.index(await catalog.draft('debian', '13'));
    await catalog.pointAlias('latest', version);
    await database.rows(`UPDATE aliases SET updated_at = now()`);
    await database.rows(`UPDATE images SET description = 'x'`);
    await database
      .transaction(async (tx) => {
        await tx.rows('DELETE FROM aliases');
        throw new Error('rolled back');
      })
      .catch(() => undefined);
    expect(await catalogue.documents()).toBe(before);
  });

  it('never lack what was committed before they were asked for, while others publish', async () => {
    const missing: string[] = [];
    const publish = async (image: string): Promise<void> => {
      for (let at = 0; at < 8; at += 1) {
        await catalog.publishNew(image, `${at}`);
        if (!aliasesOf(await catalogue.documents()).some((aliases) => aliases.includes(`${image}/${at}`))) {
          missing.push(`${image}/${at}`);
        }
      }
    };
    await Promise.all(['a', 'b', 'c', 'd'].map(publish));
    expect(missing).toEqual([]);
    const { products } = imagesOf(await catalogue.documents());
    expect(Object.keys(products)).toHaveLength(32);
  });

  it('always list the same products in both', async () => {
    const progress = { published: 0 };
    const publisher = (async () => {
      for (let at = 0; at < 15; at += 1) {
        await catalog.publishNew('debian', `${at}`);
        progress.published += 1;
      }
    })();
    let looks = 0;
    while (progress.published < 15) {
      const { index, images } = await catalogue.documents();
      const listed = JSON.parse(index.plain.toString()) as { index: { images: { products: string[] } } };
      const { products } = JSON.parse(images.plain.toString()) as Images;
      expect(listed.index.images.products).toEqual(Object.keys(products));
      looks += 1;
    }
    await publisher;
    expect(looks).toBeGreaterThan(1);
  });

  it('are the same bytes on every replica', async () => {
    await catalog.publishNew('debian', '12', [{}, { format: 'qcow2' }, { variant: 'cloud' }]);
    const replica = new StreamsCatalogue(
      new CatalogueRows(new CatalogueRevision(database)),
      new Counts(),
      SILENT,
    );
    const [here, there] = [await catalogue.documents(), await replica.documents()];
    expect({ ...there, isServed: undefined }).toEqual({ ...here, isServed: undefined });
  });

  it('leave out a row that is spoiled, and say so', async () => {
    await catalog.publishNew('debian', '12');
    await catalog.publishNew('broken', '1', [{}]);
    await database.rows(
      `UPDATE stream_roots SET requirements = '{"secureboot": false}' WHERE artifact_id IN (
         SELECT a.id FROM artifacts a JOIN versions v ON v.id = a.version_id JOIN images i ON i.id = v.image_id
          WHERE i.name = 'broken')`,
    );
    expect(aliasesOf(await catalogue.documents())).toEqual(['debian,debian/12']);
    expect(counts.leftOut).toBe(1);
    expect(counts.rejections).toBe(0);
  });

  it('are those before when new ones cannot be rendered', async () => {
    let isBroken = true;
    catalogue = new StreamsCatalogue(new CatalogueRows(new CatalogueRevision(database)), counts, SILENT, {
      makeDocuments: (view) => {
        const documents = new ViewDocuments(view);
        return {
          key: view.key,
          update: (images) =>
            isBroken ? Promise.reject(new TypeError('a defect')) : documents.update(images),
        };
      },
    });
    await expect(catalogue.documents()).rejects.toMatchObject({ code: 'streams-documents-invalid' });
    isBroken = false;
    await catalog.publishNew('debian', '12');
    const before = await catalogue.documents();
    isBroken = true;
    await catalog.publishNew('debian', '13');
    expect((await catalogue.documents()).images).toBe(before.images);
    expect((await catalogue.documents()).index).toBe(before.index);
    expect(counts.rejections).toBe(2);
    isBroken = false;
    await catalog.publishNew('debian', '14');
    expect(aliasesOf(await catalogue.documents())).toHaveLength(3);
  });

  it('are rendered again when the database has come back in an older state', async () => {
    await catalog.publishNew('debian', '12');
    const before = await catalogue.documents();
    await database.rows('UPDATE streams_revision SET revision = 1');
    const after = await catalogue.documents();
    expect(after.revision).toBe(1);
    expect(after.images.tag).toBe(before.images.tag);
  });

  it('list so many of the newest versions and what an alias names, and serve the files of all', async () => {
    catalogue = new AudienceStreams(new CatalogueRevision(database), counts, SILENT, 2).of(
      audienceOf('anyone'),
    );
    const root = randomBytes();
    const oldest = await catalog.publishNew('debian', '11', [{ root }]);
    await catalog.publishNew('debian', '12');
    expect(aliasesOf(await catalogue.documents())).toEqual(['debian,debian/12', 'debian/11']);
    await catalog.publishNew('debian', '13');
    expect(aliasesOf(await catalogue.documents())).toEqual(['debian,debian/13', 'debian/12']);
    const name = 'debian-11-amd64.squashfs';
    expect(await catalogue.getFile(digestOf(root).slice('sha256:'.length), name)).toBe(digestOf(root));
    await catalog.pointAlias('stable', oldest);
    expect(aliasesOf(await catalogue.documents())).toEqual([
      'debian,debian/13',
      'debian/11,debian/stable',
      'debian/12',
    ]);
    await database.rows(`DELETE FROM aliases WHERE alias = 'stable'`);
    expect(aliasesOf(await catalogue.documents())).toEqual(['debian,debian/13', 'debian/12']);
  });

  const hex = (digest: Digest) => digest.slice('sha256:'.length);

  it('list files by their digest and name, while they are published', async () => {
    const root = randomBytes();
    const draft = await catalog.draft('debian', '12', [
      { root },
      { format: 'raw', root: Buffer.from('a disk') },
    ]);
    await catalog.index(draft);
    const name = 'debian-12-amd64.squashfs';
    const notFound = async (...file: Parameters<StreamsCatalogue['getFile']>) => {
      await expect(catalogue.getFile(...file)).rejects.toBeInstanceOf(StreamsFileNotFoundError);
    };
    await notFound(hex(digestOf(root)), name);
    await catalog.publish(draft);
    expect(await catalogue.getFile(hex(digestOf(root)), name)).toBe(digestOf(root));
    const metadataName = 'debian-12-amd64.incus.tar.xz';
    expect(await catalogue.getFile(hex(digestOf(METADATA)), metadataName)).toBe(digestOf(METADATA));
    for (const other of [hex(digestOf(Buffer.from('a disk'))), 'x', '', hex(digestOf(root)).toUpperCase()]) {
      await notFound(other, name);
    }
    for (const other of ['', 'evil.exe', 'debian-12-amd64', metadataName, name.toUpperCase(), `${name}/`]) {
      await notFound(hex(digestOf(root)), other);
    }
    await notFound('constructor', name);
  });

  it('serve a file for a day under the name it had before another image brought the same bytes', async () => {
    const root = randomBytes();
    await catalog.publishNew('debian', '12', [{ root }]);
    const [digest, name] = [hex(digestOf(root)), 'debian-12-amd64.squashfs'];
    expect(await catalogue.getFile(digest, name)).toBe(digestOf(root));
    await catalog.publishNew('other', '1', [{ root }]);
    const { images } = await catalogue.documents();
    expect(images.plain.toString()).not.toContain(name);
    expect(await catalogue.getFile(digest, name)).toBe(digestOf(root));
    expect(await catalogue.getFile(digest, `Debian-bookworm-amd64-${digest.slice(0, 12)}.squashfs`)).toBe(
      digestOf(root),
    );
    await expect(catalogue.getFile(digest, 'other-1-amd64.squashfs')).rejects.toBeInstanceOf(
      StreamsFileNotFoundError,
    );
  });

  it('cannot be asked for while the database is away, and come back with it', async () => {
    let link = await DatabaseLink.open(opened.url);
    const far = openDatabase(link.url);
    try {
      await far.start();
      const remote = new StreamsCatalogue(
        new CatalogueRows(new CatalogueRevision(far)),
        new Counts(),
        SILENT,
      );
      await catalog.publishNew('debian', '12');
      const before = await remote.documents();
      await link.close();
      await expect(remote.documents()).rejects.toBeInstanceOf(DependencyUnavailableError);
      await expect(remote.getFile('a'.repeat(64), 'x')).rejects.toBeInstanceOf(DependencyUnavailableError);
      await catalog.publishNew('debian', '13');
      link = await DatabaseLink.open(opened.url, link.listeningPort);
      const after = await remote.documents();
      expect(aliasesOf(before)).toHaveLength(1);
      expect(aliasesOf(after)).toHaveLength(2);
    } finally {
      await far.close();
      await link.close();
    }
  });
});
