import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { type ObjectStore, recordKey } from '@imgsrv/cas';
import { Aliases, Deprecations, Images, releaseWithdrawn, Retentions, Withdrawals } from '@imgsrv/catalog';
import type { Database } from '@imgsrv/platform';
import { OpenedDatabase } from '../support/database.js';
import { putObject } from '../support/put-object.js';
import { TestConnection } from '../support/test-connection.js';
import { OpenedStore } from './opened-store.js';
import { everything, rebuild, record } from './recorded-catalogue.js';
import { StreamsCatalog } from './streams-catalog.js';

const CHANGES = { record: () => Promise.resolve() };
const always = (): boolean => true;

interface StoredRow {
  readonly storage_key: string;
}

describe('records of the catalogue', () => {
  let opened: OpenedStore;
  let database: Database;
  let store: ObjectStore;
  let catalog: StreamsCatalog;
  const targets: OpenedDatabase[] = [];

  beforeEach(async () => {
    opened = await OpenedStore.open('records');
    ({ database, store } = opened);
    catalog = new StreamsCatalog(database, store);
  });
  afterEach(async () => {
    await Promise.all(targets.splice(0).map((target) => target.close()));
    await opened.close();
  });

  async function emptyDatabase(): Promise<Database> {
    const target = await OpenedDatabase.open();
    targets.push(target);
    return target.database;
  }

  /** The key of the last record of what the name is of. */
  async function keyOf(name: string): Promise<string> {
    const [row] = await database.rows<StoredRow>(
      `SELECT r.storage_key FROM stored_records r LEFT JOIN images i ON i.id = r.subject_id
         LEFT JOIN versions v ON v.id = r.subject_id WHERE i.name = $1 OR v.version = $1`,
      [name],
    );
    return row?.storage_key ?? '';
  }

  async function contentOf(key: string): Promise<string> {
    return (await buffer((await store.openRead(key)).body)).toString();
  }

  async function blobKeyOf(version: string): Promise<string> {
    const [row] = await database.rows<StoredRow>(
      `SELECT b.storage_key FROM blobs b JOIN artifacts a ON a.bound_blob_digest = b.digest
         JOIN versions v ON v.id = a.version_id WHERE v.version = $1`,
      [version],
    );
    return row?.storage_key ?? '';
  }

  const restoreWindowMs = 3_600_000;

  describe('are written once', () => {
    const withdrawals = () => new Withdrawals(database, CHANGES, { restoreWindowMs });

    beforeEach(async () => {
      await catalog.publishNew('debian', '11');
      const version = await catalog.publishNew('debian', '12');
      await catalog.pointAlias('latest', version);
      await catalog.draft('drafts', '1');
      expect(await record(database, store)).toBe(3);
      expect(await record(database, store)).toBe(0);
    });

    it.each<[string, number, () => Promise<unknown>]>([
      ['a publish', 1, () => catalog.publishNew('debian', '13')],
      ['a draft', 0, () => catalog.draft('debian', '13')],
      [
        'a change of an image that was never published',
        0,
        () => new Images(database, CHANGES).change('drafts', { displayName: 'D' }),
      ],
      [
        'a change of the texts of an image',
        1,
        () => new Images(database, CHANGES).change('debian', { displayName: 'Debian' }),
      ],
      ['a move of an alias', 1, () => new Aliases(database, CHANGES).put('debian', 'latest', '11', always)],
      ['a new alias', 1, () => new Aliases(database, CHANGES).put('debian', 'stable', '11', always)],
      ['the end of an alias', 1, () => new Aliases(database, CHANGES).delete('debian', 'latest', always)],
      [
        'a policy of retention',
        1,
        () => new Retentions(database, CHANGES, undefined).put('debian', { keepNewest: 3 }),
      ],
      [
        'a deprecation',
        1,
        () =>
          new Deprecations(database, CHANGES).deprecate('debian', '11', { reason: 'old', successor: '12' }),
      ],
      ['a withdrawal', 1, () => withdrawals().withdraw('debian', '11', { reason: 'bad' })],
      [
        'a withdrawal that moves an alias',
        2,
        () => withdrawals().withdraw('debian', '12', { reason: 'bad', moveAliasesTo: '11' }),
      ],
      [
        'a restore',
        1,
        async () => {
          await withdrawals().withdraw('debian', '11', { reason: 'bad' });
          await withdrawals().restore('debian', '11');
        },
      ],
      [
        'the end of a window',
        1,
        async () => {
          await new Withdrawals(database, CHANGES, { restoreWindowMs: 1 }).withdraw('debian', '11', {
            reason: 'bad',
          });
          const job = { signal: new AbortController().signal, fenced: database.transaction.bind(database) };
          expect(await releaseWithdrawn(database, job)).toBe(1);
        },
      ],
      [
        'another look at the metadata of a published version',
        1,
        () =>
          database.rows(`DELETE FROM stream_reports WHERE client = 'lxd' AND version_id IN
          (SELECT id FROM versions WHERE version = '11')`),
      ],
    ])('after %s: %i, from which the catalogue is rebuilt as it is', async (_change, records, make) => {
      await make();
      expect(await record(database, store)).toBe(records);
      expect(await record(database, store)).toBe(0);
      const target = await emptyDatabase();
      expect(await rebuild(target, store)).toMatchObject({ problems: 0, images: 1 });
      const { images, versions, artifacts, blobs, attachments, ...rest } = await everything(target);
      const original = await everything(database);
      expect(rest).toEqual({
        aliases: original['aliases'],
        retention_policies: original['retention_policies'],
        stream_roots: original['stream_roots'],
        stream_reports: original['stream_reports'],
        manifests: original['manifests'],
        streams: original['streams'],
      });
      for (const [some, all] of [
        [images, original['images']],
        [versions, original['versions']],
        [artifacts, original['artifacts']],
        [blobs, original['blobs']],
        [attachments, original['attachments']],
      ]) {
        expect(all).toEqual(expect.arrayContaining(some as unknown[]));
      }
      expect(await record(target, store)).toBe(0);
    });
  });

  it('are canonical JSON under the digest of their bytes, and one replaces the other', async () => {
    const version = await catalog.publishNew('debian', '12');
    await record(database, store);
    const first = await keyOf('debian');
    expect(first).toMatch(/^records\/images\/[0-9a-f-]{36}\/[0-9]{16}-[0-9a-f]{64}$/);
    const text = await contentOf(first);
    expect(text).toMatch(
      /^\{"format":1,"id":"[^"]*","image":"debian","revision":[0-9]{16},"rows":\{"aliases":\[\],/,
    );
    await catalog.pointAlias('latest', version);
    await record(database, store);
    const second = await keyOf('debian');
    expect(second > first).toBe(true);
    const discarded = await database.rows(
      `SELECT FROM jobs WHERE kind = 'discard_object' AND payload ->> 'storageKey' = $1`,
      [first],
    );
    expect(discarded).toHaveLength(1);
  });

  it('go on above every record of a database of which an older state was restored', async () => {
    await catalog.publishNew('debian', '12');
    await record(database, store);
    const lost = await keyOf('debian');
    await database.rows('UPDATE stored_records SET revision = 1, stored_revision = NULL, storage_key = NULL');
    await new Images(database, CHANGES).change('debian', { displayName: 'Debian' });
    await record(database, store);
    expect((await keyOf('debian')) > lost).toBe(true);
  });

  it('count each change, also while the clock stands', async () => {
    await catalog.publishNew('debian', '12');
    await database.rows('UPDATE stored_records SET revision = 9000000000000000');
    await new Images(database, CHANGES).change('debian', { displayName: 'Debian' });
    const rows = await database.rows<{ revision: string }>(
      `SELECT revision FROM stored_records WHERE subject = 'images'`,
    );
    expect(rows).toEqual([{ revision: '9000000000000001' }]);
  });

  it('of a late writer change nothing: neither what the database knows nor what is rebuilt', async () => {
    const version = await catalog.publishNew('debian', '12');
    await record(database, store);
    const early = await keyOf('debian');
    const text = await contentOf(early);
    await catalog.pointAlias('latest', version);
    await record(database, store);
    await putObject(store, early, Buffer.from(text));
    expect(await record(database, store)).toBe(0);
    const target = await emptyDatabase();
    expect(await rebuild(target, store)).toMatchObject({ aliases: 1, problems: 0 });
  });

  it('of an image that is deleted before anything of it was published are forgotten', async () => {
    const images = new Images(database, CHANGES);
    await images.create({ name: 'short' });
    await images.change('short', { displayName: 'Short' });
    await new Retentions(database, CHANGES, undefined).put('short', { keepNewest: 1 });
    await images.delete('short');
    expect(await database.rows('SELECT FROM stored_records')).toEqual([]);
  });

  describe('are not taken', () => {
    beforeEach(async () => {
      const version = await catalog.publishNew('debian', '12');
      await catalog.publishNew('debian', '11');
      await catalog.pointAlias('latest', version);
      await record(database, store);
    });

    it.each<[string, RegExp, (target: Database) => Promise<unknown>]>([
      [
        'that has an image of its own',
        /^The database has an image that the store has no record of, other\./,
        (target) => target.rows(`INSERT INTO images (name) VALUES ('other')`),
      ],
      [
        'on which a job runs',
        /^The database is in use by a running worker\./,
        (target) =>
          target.rows(`INSERT INTO jobs (kind, payload, state, attempt, max_attempts, lease_token, lease_expires_at,
             worker_id, started_at)
           VALUES ('x', '{}', 'running', 1, 1, gen_random_uuid(), now() + interval '1 minute', 'w', now())`),
      ],
    ])('into a database %s', async (_which, sentence, prepare) => {
      const target = await emptyDatabase();
      await prepare(target);
      await expect(rebuild(target, store)).rejects.toThrow(sentence);
      expect(await target.rows('SELECT FROM versions')).toEqual([]);
    });

    it.each(['worker', 'api'])('into a database to which an idle %s is connected', async (name) => {
      const target = await OpenedDatabase.open();
      targets.push(target);
      const url = new URL(target.url);
      url.searchParams.set('application_name', `imgsrv-${name}`);
      const other = await TestConnection.open(url.href);
      try {
        await expect(rebuild(target.database, store)).rejects.toThrow(`in use by a running ${name}.`);
      } finally {
        await other.close();
      }
    });

    it('from a store without any', async () => {
      const other = await OpenedStore.open('no-records');
      try {
        await expect(rebuild(await emptyDatabase(), other.store)).rejects.toThrow('no record of anything');
      } finally {
        await other.close();
      }
    });

    it.each<[string, RegExp, () => Promise<void>]>([
      ['are missing', /the bytes of sha256:\w+ are missing/, async () => store.delete(await blobKeyOf('12'))],
      [
        'are too few',
        /has 3 bytes/,
        async () => {
          await putObject(store, await blobKeyOf('12'), Buffer.from('abc'));
        },
      ],
      [
        'are of another record',
        /damaged or missing/,
        async () => {
          await putObject(store, await keyOf('12'), Buffer.from(await contentOf(await keyOf('11'))));
        },
      ],
    ])(
      'when bytes %s: the rest is restored, and all of it once they are back',
      async (_what, reason, damage) => {
        const kept = new Map<string, Buffer>();
        for (const key of [await blobKeyOf('12'), await keyOf('12')]) {
          kept.set(key, await buffer((await store.openRead(key)).body));
        }
        await damage();
        const target = await emptyDatabase();
        const report = await rebuild(target, store);
        expect(report).toMatchObject({ images: 1, versions: 1, aliases: 0, problems: 2 });
        expect(report.leftOut[0]).toMatch(reason);
        expect(report.leftOut[1]).toBe('alias "latest" of debian: its version was not restored');
        for (const [key, bytes] of kept) await putObject(store, key, bytes);
        expect(await rebuild(target, store)).toMatchObject({
          versions: 1,
          aliases: 1,
          present: 1,
          problems: 0,
        });
        expect(await everything(target)).toEqual(await everything(database));
      },
    );

    it('with other bytes of the right size, when they are read', async () => {
      const key = await blobKeyOf('12');
      const size = (await store.head(key))?.sizeBytes ?? 0;
      await putObject(store, key, Buffer.alloc(size));
      const report = await rebuild(await emptyDatabase(), store, { verifyBytes: true });
      expect(report.leftOut[0]).toMatch(/are not those of sha256:/);
      expect(await rebuild(await emptyDatabase(), store)).toMatchObject({ problems: 0 });
    });

    it('twice for one name: the later is restored', async () => {
      // As a service does that goes on from a dump in which the image is not.
      const again = await emptyDatabase();
      const other = new StreamsCatalog(again, store);
      await other.publishNew('debian', '12');
      await record(again, store);
      const target = await emptyDatabase();
      const report = await rebuild(target, store);
      expect(report).toMatchObject({ images: 1, versions: 1, aliases: 0, problems: 3 });
      expect(report.leftOut.join('\n')).toContain('another image of that name was recorded later');
      expect(report.leftOut.join('\n')).toContain('its image was not restored');
      expect(await everything(target)).toEqual(await everything(again));
    });

    it.each([
      ['is no JSON', () => 'x', 'no JSON object'],
      ['has another format', (text: string) => text.replace('"format":1', '"format":2'), 'does not know'],
      [
        'is of another revision',
        (text: string) => text.replace(/"revision":\d+/, '"revision":1'),
        'its key says',
      ],
      [
        'has an unknown column',
        (text: string) => text.replace('"version":"12"', '"new":1,"version":"12"'),
        'columns',
      ],
      [
        'is of a draft',
        (text: string) => text.replace('"state":"published"', '"state":"draft"'),
        'published version',
      ],
      ['lacks its blobs', (text: string) => text.replace(/"blobs":\[.*?\]/, '"blobs":[]'), 'every blob'],
      [
        'names a key that is none of a blob',
        (text: string) => text.replace(/"storage_key":"blobs/, '"storage_key":"records'),
        'cannot be one',
      ],
      [
        'breaks a rule of the database',
        (text: string) => text.replace('"format":"squashfs"', '"format":null'),
        'refused',
      ],
    ])('when one %s', async (_what, change, reason) => {
      const [row] = await database.rows<{ subject_id: string }>(
        `SELECT subject_id FROM stored_records WHERE storage_key = $1`,
        [await keyOf('12')],
      );
      const revision = 9_000_000_000_000_000;
      const bytes = Buffer.from(
        change((await contentOf(await keyOf('12'))).replace(/"revision":\d+/, `"revision":${revision}`)),
      );
      const sha256Hex = createHash('sha256').update(bytes).digest('hex');
      const key = { subject: 'versions', id: row?.subject_id ?? '', revision, sha256Hex } as const;
      await putObject(store, recordKey(key), bytes);
      const target = await emptyDatabase();
      const report = await rebuild(target, store);
      expect(report.leftOut[0]).toContain(reason);
      expect(report).toMatchObject({ versions: 1, problems: 2 });
    });
  });
});
