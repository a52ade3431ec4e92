import type { Digest } from '@imgsrv/cas';
import { Database, DependencyUnavailableError } from '@imgsrv/platform';
import {
  StreamsCatalogue,
  type StreamsDocuments,
  StreamsFileNotFoundError,
  type StreamsObserver,
} from '@imgsrv/streams';
import { pino } from 'pino';
import { renderDocuments } from '../../libs/streams/src/serving/render-documents.js';
import { MIGRATIONS } from '../../migrations/index.js';
import { type CatalogDatabase, createCatalogDatabase } from './catalog-database.js';
import { Gate } from './postgres-gate.js';
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
  let opened: CatalogDatabase;
  let database: Database;
  let catalog: StreamsCatalog;
  let counts: Counts;
  let catalogue: StreamsCatalogue;

  beforeEach(async () => {
    opened = await createCatalogDatabase();
    ({ database } = opened);
    catalog = new StreamsCatalog(database);
    counts = new Counts();
    catalogue = new StreamsCatalogue(database, counts, SILENT);
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
    const replica = new StreamsCatalogue(database, new Counts(), SILENT);
    const [here, there] = [await catalogue.documents(), await replica.documents()];
    expect(there).toEqual(here);
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

  it.each<[string, () => Promise<never> | ReturnType<typeof renderDocuments>]>([
    ['are not sound', async () => ({ ...(await renderDocuments([], [])), problems: ['broken'] })],
    ['cannot be rendered', () => Promise.reject(new TypeError('a defect'))],
  ])('are those before when new ones %s', async (_, broken) => {
    let isBroken = true;
    catalogue = new StreamsCatalogue(database, counts, SILENT, (roots, aliases) =>
      isBroken ? broken() : renderDocuments(roots, aliases),
    );
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
    expect(after.images.sha256).toBe(before.images.sha256);
  });

  it('list files by their digest, while they are published', async () => {
    const root = randomBytes();
    const draft = await catalog.draft('debian', '12', [
      { root },
      { format: 'raw', root: Buffer.from('a disk') },
    ]);
    await catalog.index(draft);
    const hex = (digest: Digest) => digest.slice('sha256:'.length);
    await expect(catalogue.getFile(hex(digestOf(root)))).rejects.toBeInstanceOf(StreamsFileNotFoundError);
    await catalog.publish(draft);
    expect(await catalogue.getFile(hex(digestOf(root)))).toBe(digestOf(root));
    expect(await catalogue.getFile(hex(digestOf(METADATA)))).toBe(digestOf(METADATA));
    for (const other of [hex(digestOf(Buffer.from('a disk'))), 'x', '', hex(digestOf(root)).toUpperCase()]) {
      await expect(catalogue.getFile(other)).rejects.toBeInstanceOf(StreamsFileNotFoundError);
    }
  });

  it('cannot be asked for while the database is away, and come back with it', async () => {
    const gate = await Gate.before(new URL(database.url ?? ''));
    const far = new Database({
      url: gate.url,
      applicationName: 'test',
      entities: [],
      migrations: MIGRATIONS,
      logger: SILENT,
    });
    try {
      await far.start();
      const remote = new StreamsCatalogue(far, new Counts(), SILENT);
      await catalog.publishNew('debian', '12');
      const before = await remote.documents();
      await gate.shut();
      await expect(remote.documents()).rejects.toBeInstanceOf(DependencyUnavailableError);
      await expect(remote.getFile('a'.repeat(64))).rejects.toBeInstanceOf(DependencyUnavailableError);
      await catalog.publishNew('debian', '13');
      await gate.open();
      const after = await remote.documents();
      expect(aliasesOf(before)).toHaveLength(1);
      expect(aliasesOf(after)).toHaveLength(2);
    } finally {
      await far.close();
      await gate.shut();
    }
  });
});
