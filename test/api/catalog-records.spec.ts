import { createHash, randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { type ObjectStore, recordKey } from '@imgsrv/cas';
import { Aliases, Deprecations, Images, releaseWithdrawn, Retentions, Withdrawals } from '@imgsrv/catalog';
import type { Database } from '@imgsrv/platform';
import { OpenedDatabase } from '../support/database.js';
import { putObject } from '../support/put-object.js';
import { TestConnection } from '../support/test-connection.js';
import { OpenedStore } from './opened-store.js';
import { everything, rebuild, record } from './recorded-catalogue.js';
import { digestOf, METADATA, StreamsCatalog } from './streams-catalog.js';

const CHANGES = { record: () => Promise.resolve() };
const always = (): boolean => true;

let opened: OpenedStore;
let database: Database;
let store: ObjectStore;
let catalog: StreamsCatalog;
let images: Images;
const targets: OpenedDatabase[] = [];

async function openCatalogue(): Promise<void> {
  opened = await OpenedStore.open('records');
  ({ database, store } = opened);
  catalog = new StreamsCatalog(database, store);
  images = new Images(database, CHANGES);
}

async function closeAll(): Promise<void> {
  await Promise.all(targets.splice(0).map((target) => target.close()));
  await opened.close();
}

async function emptyDatabase(): Promise<OpenedDatabase> {
  const target = await OpenedDatabase.open();
  targets.push(target);
  return target;
}

/** The key of the last record of the image or version of this name. */
async function keyOf(name: string): Promise<string> {
  const [row] = await database.rows<{ storage_key: string }>(
    `SELECT r.storage_key FROM stored_records r LEFT JOIN images i ON i.id = r.subject_id
       LEFT JOIN versions v ON v.id = r.subject_id WHERE i.name = $1 OR v.version = $1`,
    [name],
  );
  return row?.storage_key ?? '';
}

/** Everything that can be said of it. */
const SAY_OF_VERSION = `UPDATE versions SET notes = 'Fixes', end_of_life = '2030-01-31', labels = '{"a":"b"}',
  source_repository = 'https://git.example', source_commit = 'abc', source_pipeline_url = 'https://git.example/1'
  WHERE id = $1`;

async function blobKeyOf(version: string): Promise<string> {
  const [row] = await database.rows<{ storage_key: string }>(
    `SELECT b.storage_key FROM blobs b JOIN artifacts a ON a.bound_blob_digest = b.digest
       JOIN versions v ON v.id = a.version_id WHERE v.version = $1`,
    [version],
  );
  return row?.storage_key ?? '';
}

/** As a scrub and an ingest do it. */
async function repairBlobOf(version: string): Promise<void> {
  const key = await blobKeyOf(version);
  const repaired = key.replace(/[^/]+$/, randomUUID());
  await putObject(store, repaired, await bytesAt(key));
  await store.delete(key);
  await database.rows(
    `UPDATE blobs SET state = 'damaged', damage = 'lost', damaged_at = now() WHERE storage_key = $1`,
    [key],
  );
  await database.rows(
    `UPDATE blobs SET state = 'available', damage = NULL, damaged_at = NULL, storage_key = $2 WHERE storage_key = $1`,
    [key, repaired],
  );
}

async function bytesAt(key: string): Promise<Buffer> {
  return buffer((await store.openRead(key)).body);
}

describe('what changes in a catalogue', () => {
  const withdrawals = (restoreWindowMs = 3_600_000) =>
    new Withdrawals(database, CHANGES, { restoreWindowMs });
  const aliases = () => new Aliases(database, CHANGES);

  beforeAll(async () => {
    await openCatalogue();
    for (const version of ['1', '2', '3', '4', '5']) {
      await catalog.publishNew('debian', version, [{ format: 'raw', attachments: {} }]);
    }
    const version = await catalog.publishNew('debian', '12');
    await catalog.pointAlias('latest', version);
    await images.create({ name: 'drafts' });
    expect(await record(database, store)).toBe(7);
  });
  afterAll(closeAll);

  it.each<[string, number, () => Promise<unknown>]>([
    ['nothing', 0, () => Promise.resolve()],
    ['a publish', 1, () => catalog.publishNew('debian', '13')],
    ['the first publish of an image', 2, () => catalog.publishNew('alpine', '3')],
    ['a new image', 0, () => images.create({ name: 'empty' })],
    [
      'a change of an image that was never published',
      0,
      () => images.change('drafts', { displayName: 'Drafts' }),
    ],
    ['a change of the texts of an image', 1, () => images.change('debian', { displayName: 'Debian' })],
    ['a change of who sees an image', 1, () => images.change('debian', { visibility: 'private' })],
    ['a move of an alias', 1, () => aliases().put('debian', 'latest', '13', always)],
    ['a new alias', 1, () => aliases().put('debian', 'stable', '12', always)],
    ['the end of an alias', 1, () => aliases().delete('debian', 'latest', always)],
    [
      'a policy of retention',
      1,
      () => new Retentions(database, CHANGES, undefined).put('debian', { keepNewest: 3 }),
    ],
    [
      'a deprecation',
      1,
      () => new Deprecations(database, CHANGES).deprecate('debian', '1', { reason: 'old', successor: '2' }),
    ],
    ['a withdrawal', 1, () => withdrawals().withdraw('debian', '2', { reason: 'bad' })],
    [
      'a withdrawal that moves an alias',
      2,
      () => withdrawals().withdraw('debian', '12', { reason: 'bad', moveAliasesTo: '13' }),
    ],
    [
      'a withdrawal that is taken back',
      1,
      async () => {
        await withdrawals().withdraw('debian', '3', { reason: 'bad' });
        await withdrawals().restore('debian', '3');
      },
    ],
    [
      'the end of the window of a withdrawal',
      1,
      async () => {
        await withdrawals(1).withdraw('debian', '4', { reason: 'bad' });
        const { signal } = new AbortController();
        const fenced = database.transaction.bind(database);
        expect(await releaseWithdrawn(database, { signal, fenced })).toBe(1);
      },
    ],
    [
      'another look at the metadata of a published version',
      1,
      () =>
        database.rows(`DELETE FROM stream_reports r USING versions v
          WHERE v.id = r.version_id AND v.version = '13' AND client = 'lxd'`),
    ],
    ['a blob that was lost, and repaired under another key', 1, () => repairBlobOf('5')],
    [
      'a version of which something is said',
      2,
      async () => {
        const id = await catalog.draft('debian', '15');
        await database.rows(SAY_OF_VERSION, [id]);
        await database.rows(
          'UPDATE artifacts SET secure_boot = false, min_disk_bytes = 5 WHERE version_id = $1',
          [id],
        );
        await catalog.index(id);
        await catalog.publish(id);
        await aliases().put('debian', 'stable', '15', always);
      },
    ],
    [
      'a version with metadata that its publish made',
      1,
      async () => {
        const id = await catalog.draft('debian', '16', [{ attachments: {} }]);
        await database.rows(
          `UPDATE artifacts SET incus = '{"os":"Debian","release":"16"}' WHERE version_id = $1`,
          [id],
        );
        await database.rows(`UPDATE versions SET state = 'publishing' WHERE id = $1`, [id]);
        await database.rows(
          `INSERT INTO attachments (artifact_id, name, media_type, blob_digest, blob_size_bytes, bound_blob_digest, is_generated)
           SELECT a.id, n.name, 'application/x-xz', b.digest, b.size_bytes, b.digest, true
             FROM artifacts a, blobs b, unnest('{incus.tar.xz,lxd.tar.xz}'::text[]) AS n (name)
            WHERE a.version_id = $1 AND b.digest = $2`,
          [id, digestOf(METADATA)],
        );
        await catalog.publish(id);
      },
    ],
    ['a draft', 0, () => catalog.draft('debian', '14', [])],
  ])('%s is recorded: %i', async (_change, records, make) => {
    await make();
    expect(await record(database, store)).toBe(records);
    expect(await record(database, store)).toBe(0);
  });

  it('is rebuilt as it is, but for drafts', async () => {
    const { database: target } = await emptyDatabase();
    const report = await rebuild(target, store);
    expect(report).toMatchObject({ images: 2, versions: 10, aliases: 1, problems: 0, present: 0 });
    await database.rows(`DELETE FROM versions WHERE state = 'draft'`);
    await database.rows(`DELETE FROM images WHERE name IN ('drafts', 'empty')`);
    await database.rows(`DELETE FROM blobs`).catch(() => undefined);
    const [{ blobs, ...restored }, { blobs: allBlobs, ...original }] = [
      await everything(target),
      await everything(database),
    ];
    expect(restored).toEqual(original);
    // What the released version let go of is no blob any more.
    expect(allBlobs).toHaveLength((blobs as unknown[]).length + 1);
    expect(await record(target, store)).toBe(0);
    expect(await rebuild(target, store)).toMatchObject({ versions: 0, present: 12, problems: 0 });
  });

  it('is guarded and recorded after a rebuild as it was before', async () => {
    const target = targets[0]?.database ?? database;
    await expect(target.rows(`UPDATE versions SET version = 'x'`)).rejects.toThrow('never changes');
    await new Aliases(target, CHANGES).delete('debian', 'stable', always);
    expect(await record(target, store)).toBe(1);
  });
});

describe('a record', () => {
  beforeAll(async () => {
    await openCatalogue();
    await catalog.publishNew('debian', '12', [{ format: 'raw', attachments: {} }]);
    await record(database, store);
  });
  afterAll(closeAll);

  it('is canonical JSON under its digest; the one before it is handed over to be removed', async () => {
    const first = await keyOf('debian');
    expect(first).toMatch(/^records\/images\/[0-9a-f-]{36}\/[0-9]{16}-[0-9a-f]{64}$/);
    const bytes = await bytesAt(first);
    expect(first.endsWith(createHash('sha256').update(bytes).digest('hex'))).toBe(true);
    expect(bytes.toString()).toMatch(
      /^\{"format":1,"id":"[^"]*","image":"debian","revision":[0-9]{16},"rows":/,
    );
    await images.change('debian', { displayName: 'Debian' });
    await record(database, store);
    expect((await keyOf('debian')) > first).toBe(true);
    const discards = `SELECT FROM jobs WHERE kind = 'discard_object' AND payload ->> 'storageKey' = $1`;
    expect(await database.rows(discards, [first])).toHaveLength(1);
  });

  it('of a late writer changes nothing: not what the database knows, nor what is rebuilt', async () => {
    const early = await keyOf('debian');
    const bytes = await bytesAt(early);
    await images.change('debian', { displayName: 'Later' });
    await record(database, store);
    await putObject(store, early, bytes);
    expect(await record(database, store)).toBe(0);
    const { database: target } = await emptyDatabase();
    await rebuild(target, store);
    expect(await target.rows('SELECT display_name FROM images')).toEqual([{ display_name: 'Later' }]);
  });

  it('that is written again after a crash is the same', async () => {
    const key = await keyOf('debian');
    await database.rows(`UPDATE stored_records SET stored_revision = NULL, storage_key = NULL`);
    expect(await record(database, store)).toBe(2);
    expect(await keyOf('debian')).toBe(key);
  });

  it('is above all those of a state that was lost when an older dump was restored', async () => {
    const lost = await keyOf('debian');
    await database.rows('UPDATE stored_records SET stored_revision = NULL, storage_key = NULL, revision = 1');
    await images.change('debian', { displayName: 'After' });
    await record(database, store);
    expect((await keyOf('debian')) > lost).toBe(true);
  });

  it('has a number above the last one, also where the clock is behind', async () => {
    await database.rows(`UPDATE stored_records SET revision = 9000000000000000 WHERE subject = 'images'`);
    await images.change('debian', { displayName: 'Debian' });
    expect(await database.rows(`SELECT revision FROM stored_records WHERE subject = 'images'`)).toEqual([
      { revision: '9000000000000001' },
    ]);
  });

  it('is not kept of an image that is deleted before anything of it was published', async () => {
    const count = async () => (await database.rows('SELECT FROM stored_records')).length;
    const before = await count();
    await images.create({ name: 'short' });
    await images.change('short', { displayName: 'Short' });
    await new Retentions(database, CHANGES, undefined).put('short', { keepNewest: 1 });
    await images.delete('short');
    expect(await count()).toBe(before);
  });
});

describe('a rebuild', () => {
  beforeAll(async () => {
    await openCatalogue();
    for (const version of ['1', '2', '3', '4', '5', '6']) {
      await catalog.publishNew('debian', version, [{ format: 'raw', attachments: {} }]);
    }
    for (const version of ['2', '6'])
      await new Aliases(database, CHANGES).put('debian', `a${version}`, version, always);
    await record(database, store);
  });
  afterAll(closeAll);

  it('refuses a store without records', async () => {
    const other = await OpenedStore.open('no-records');
    await expect(rebuild(other.database, other.store)).rejects.toThrow('no record of anything published');
    await other.close();
  });

  it('refuses a database that is in use or has something else', async () => {
    const { database: target, url } = await emptyDatabase();
    const refusal = () => rebuild(target, store).catch((error: unknown) => String(error));
    for (const name of ['worker', 'api']) {
      const named = new URL(url);
      named.searchParams.set('application_name', `imgsrv-${name}`);
      const idle = await TestConnection.open(named.href);
      expect(await refusal()).toContain(`The database is in use by a running ${name}. Stop`);
      await idle.close();
    }
    await target.rows(`INSERT INTO jobs (kind, payload, state, attempt, max_attempts, lease_token, lease_expires_at,
        worker_id, started_at)
      VALUES ('x', '{}', 'running', 1, 1, gen_random_uuid(), now() + interval '1 minute', 'w', now())`);
    expect(await refusal()).toContain('in use by a running worker');
    await target.rows(`UPDATE jobs SET lease_expires_at = now() - interval '1 second'`);
    await target.rows(`INSERT INTO images (name) VALUES ('other')`);
    expect(await refusal()).toContain('has an image that the store has no record of, other.');
    expect(await target.rows('SELECT FROM versions')).toEqual([]);
    await target.rows(`DELETE FROM images`);
    expect(await rebuild(target, store)).toMatchObject({ versions: 6, problems: 0 });
  });

  it('restores what is whole, and the rest when it is back', async () => {
    const kept = new Map<string, Buffer>();
    const keep = async (key: string): Promise<string> => {
      kept.set(key, await bytesAt(key));
      return key;
    };
    await store.delete(await keep(await blobKeyOf('1')));
    await putObject(store, await keep(await blobKeyOf('2')), Buffer.from('abc'));
    await putObject(store, await keep(await keyOf('3')), await bytesAt(await keyOf('4')));
    await putObject(
      store,
      await keep(await blobKeyOf('5')),
      Buffer.alloc((await bytesAt(await blobKeyOf('5'))).length),
    );
    const { database: target } = await emptyDatabase();
    const report = await rebuild(target, store, { verifyBytes: true });
    expect(report).toMatchObject({ images: 1, versions: 2, aliases: 1, problems: 5 });
    expect(
      report.leftOut.map((line) => line.replaceAll(/[0-9a-f-]{36}|sha256:\w+|blobs\/[^ ,]+/g, '…')).sort(),
    ).toEqual([
      'alias debian/a2: its version was not restored',
      'version debian/1: the bytes of … are missing at …',
      'version debian/2: … has 3 bytes at …, not 41',
      'version debian/5: the bytes at … are not those of …',
      'version …: its record or its bytes are damaged or missing: The object store is damaged.',
    ]);
    const due = await target.rows(
      'SELECT subject FROM stored_records WHERE is_published AND storage_key IS NULL',
    );
    expect(due).toEqual([{ subject: 'images' }]);
    for (const [key, bytes] of kept) await putObject(store, key, bytes);
    expect(await rebuild(target, store)).toMatchObject({ versions: 4, aliases: 1, present: 2, problems: 0 });
    expect(await everything(target)).toEqual(await everything(database));
  });

  it('leaves out alone what the database refuses', async () => {
    const [row] = await database.rows<{ subject_id: string }>(
      'SELECT subject_id FROM stored_records WHERE storage_key = $1',
      [await keyOf('6')],
    );
    const text = (await bytesAt(await keyOf('6'))).toString();
    const forged: string[] = [];
    const forge = async (revision: number, change: (text: string) => string): Promise<void> => {
      const bytes = Buffer.from(change(text).replace(/"revision":\d+/, `"revision":${revision}`));
      const sha256Hex = createHash('sha256').update(bytes).digest('hex');
      const key = recordKey({ subject: 'versions', id: row?.subject_id ?? '', revision, sha256Hex });
      await putObject(store, key, bytes);
      forged.push(key);
      const { database: target } = await emptyDatabase();
      const report = await rebuild(target, store);
      expect(report).toMatchObject({ versions: 5, problems: 2 });
      expect(report.leftOut[0]).toContain(REASONS[forged.length - 1]);
    };
    const REASONS = ['columns of versions that this release does not know', 'the database refused it'];
    await forge(9_000_000_000_000_000, (whole) => whole.replace('"version":"6"', '"new":1,"version":"6"'));
    await forge(9_000_000_000_000_001, (whole) => whole.replace('"format":"raw"', '"format":null'));
    for (const key of forged) await store.delete(key);
  });

  it('restores of two images or versions with one name the one that was recorded later', async () => {
    // As a service leaves it that went on from a dump in which the image is not.
    const { database: later } = await emptyDatabase();
    await new StreamsCatalog(later, store).publishNew('debian', '1', [{ format: 'raw', attachments: {} }]);
    await record(later, store);
    const { database: target } = await emptyDatabase();
    const report = await rebuild(target, store);
    expect(report).toMatchObject({ images: 1, versions: 1, problems: 7 });
    const reasons = new Set(report.leftOut.map((line) => line.replace(/^[^:]*: /, '')));
    expect(reasons).toEqual(
      new Set(['another image of that name was recorded later', 'its image was not restored']),
    );
    expect(await everything(target)).toEqual(await everything(later));
  });
});
