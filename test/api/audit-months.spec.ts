import { randomUUID } from 'node:crypto';
import { AuditLog, keepAuditMonths } from '@imgsrv/audit';
import { expireUploads } from '@imgsrv/cas';
import { Database } from '@imgsrv/platform';
import { pino } from 'pino';
import { MIGRATIONS } from '../../migrations/index.js';
import { OpenedDatabase } from '../support/database.js';
import { createEmptyDatabase } from '../support/postgres.js';
import { TRAIL } from './auth-database.js';
import { randomDigest } from './catalog-database.js';

const DAY_MS = 86_400_000;

let opened: OpenedDatabase;
let database: Database;

beforeAll(async () => {
  opened = await OpenedDatabase.open();
  ({ database } = opened);
});
afterAll(() => opened.close());

function run(retentionMs?: number, asOf?: string): Promise<number> {
  return keepAuditMonths(
    { fenced: (work) => database.transaction(work) },
    retentionMs,
    asOf === undefined ? undefined : new Date(asOf),
  );
}

async function insertEvent(source: Database, resource: string, occurredAt = new Date().toISOString()) {
  const [row] = await source.rows<{ id: string }>(
    `INSERT INTO audit_events (occurred_at, action, resource, outcome)
     VALUES ($1, 'image.create', $2, 'success') RETURNING id`,
    [occurredAt, resource],
  );
  return row?.id ?? '';
}

/** Where each event of these resources is. */
async function places(...resources: readonly string[]): Promise<Record<string, string>> {
  const rows = await database.rows<{ resource: string; place: string }>(
    'SELECT resource, tableoid::regclass::text AS place FROM audit_events WHERE resource = ANY ($1) ORDER BY id',
    [resources],
  );
  return Object.fromEntries(rows.map(({ resource, place }) => [resource, place]));
}

async function partitions(): Promise<string[]> {
  const rows = await database.rows<{ name: string }>(
    `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'audit_events'::regclass
      ORDER BY name`,
  );
  return rows.map(({ name }) => name);
}

/** What the log has of a resource and below it, newest first. */
async function listed(resource: string, limit = 1000): Promise<string[]> {
  const log = new AuditLog(database);
  const resources: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await log.list({ resource }, { limit, ...(cursor === undefined ? {} : { cursor }) });
    resources.push(...page.items.map(({ resource }) => resource));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return resources;
}

const monthOf = (at: Date): string =>
  `audit_events_${at.getUTCFullYear()}_${String(at.getUTCMonth() + 1).padStart(2, '0')}`;

describe('the months of the audit log', () => {
  it('are there before an event comes', async () => {
    await insertEvent(database, 'now');
    expect(await places('now')).toEqual({ now: monthOf(new Date()) });
  });

  it('are made half a year ahead, in UTC, again and again', async () => {
    await run(undefined, '2020-01-31T23:59:59Z');
    await run(undefined, '2020-01-31T23:59:59Z');
    const made = (await partitions()).filter((name) => name.includes('_2020_'));
    expect(made).toEqual([1, 2, 3, 4, 5, 6, 7].map((month) => `audit_events_2020_0${month}`));
    await insertEvent(database, 'end', '2020-01-31T23:59:59.999Z');
    await insertEvent(database, 'begin', '2020-02-01T00:00:00Z');
    expect(await places('begin', 'end')).toEqual({
      end: 'audit_events_2020_01',
      begin: 'audit_events_2020_02',
    });
  });

  it('are made while somebody writes', async () => {
    await database.transaction(async (tx) => {
      await TRAIL.record(tx, { action: 'image.create', resource: 'open' });
      await run(undefined, '2020-01-01T00:00:00Z');
    });
    expect(await listed('open')).toEqual(['open']);
  });

  it('go when all of one is older than the retention, and no earlier', async () => {
    await run(undefined, '2020-01-01T00:00:00Z');
    for (const month of [1, 2, 3]) await insertEvent(database, `old/${month}`, `2020-0${month}-15T00:00:00Z`);
    for (const [asOf, dropped, left] of [
      ['2020-03-31T23:59:59Z', 0, ['old/3', 'old/2', 'old/1']],
      ['2020-04-01T00:00:00Z', 1, ['old/3', 'old/2']],
      ['2020-04-29T23:59:59Z', 0, ['old/3', 'old/2']],
      ['2020-04-30T00:00:00Z', 1, ['old/3']],
    ] as const) {
      expect([asOf, await run(60 * DAY_MS, asOf)]).toEqual([asOf, dropped]);
      expect(await listed('old')).toEqual(left);
    }
    expect(await run()).toBe(0);
    expect(await listed('old')).toEqual(['old/3']);
  });

  it('that are young stay, whatever the retention and the time are said to be', async () => {
    const month = new Date(Date.now() - 29 * DAY_MS);
    await run(undefined, month.toISOString());
    await insertEvent(database, 'young', month.toISOString());
    for (const keepMs of [0, 1, -1, 29 * DAY_MS]) await run(keepMs, '9999-01-01T00:00:00Z');
    expect(await listed('young')).toEqual(['young']);
    expect((await partitions()).filter((name) => name.startsWith('audit_events_9999'))).toEqual([]);
  });

  it('that are missing lose nothing, and get their events when they are made', async () => {
    const late = await insertEvent(database, 'stray/late', '2021-02-03T00:00:00Z');
    await insertEvent(database, 'stray/ahead', '2999-01-01T00:00:00Z');
    await insertEvent(database, 'stray/later', '2021-05-03T00:00:00Z');
    const before = await database.rows('SELECT * FROM audit_events ORDER BY id');
    await run();
    await run();
    expect(await places('stray/late', 'stray/later', 'stray/ahead')).toEqual({
      'stray/late': 'audit_events_2021_02',
      'stray/later': 'audit_events_2021_05',
      'stray/ahead': 'audit_events_default',
    });
    expect(await database.rows('SELECT * FROM audit_events ORDER BY id')).toEqual(before);
    expect(Number(await insertEvent(database, 'stray/next'))).toBeGreaterThan(Number(late));
    expect(await listed('stray', 1)).toEqual(['stray/next', 'stray/later', 'stray/ahead', 'stray/late']);
    await run(30 * DAY_MS);
    expect(await listed('stray')).toEqual(['stray/next', 'stray/ahead']);
  });

  it('each keep what they have', async () => {
    await run(undefined, '2021-01-01T00:00:00Z');
    for (const name of ['audit_events', ...(await partitions())]) {
      for (const sql of [
        `UPDATE ${name} SET action = 'x' WHERE false`,
        `DELETE FROM ${name}`,
        `TRUNCATE ${name}`,
      ]) {
        await expect(database.write((tx) => tx.rows(sql))).rejects.toThrow(
          'audit events are never changed or removed',
        );
      }
    }
  });
});

it('the migration moves every event into its month, with its id', async () => {
  const empty = await createEmptyDatabase();
  const migrated = async (migrations: typeof MIGRATIONS): Promise<Database> => {
    const logger = pino({ level: 'error' });
    const result = new Database({
      url: empty.url,
      applicationName: 'imgsrv-test',
      entities: [],
      migrations,
      logger,
    });
    await result.start();
    return result;
  };
  try {
    const before = await migrated(MIGRATIONS.filter(({ name }) => !name.startsWith('AuditMonths')));
    await insertEvent(before, 'old', '2021-02-03T00:00:00Z');
    await insertEvent(before, 'now');
    await expect(insertEvent(before, '')).rejects.toThrow();
    const rows = await before.rows('SELECT * FROM audit_events ORDER BY id');
    await before.close();
    const after = await migrated(MIGRATIONS);
    expect(await after.rows('SELECT * FROM audit_events ORDER BY id')).toEqual(rows);
    expect(await after.rows('SELECT FROM audit_events_2021_02')).toHaveLength(1);
    // The third was not kept, and its number is not given again.
    expect(await insertEvent(after, 'next')).toBe('4');
    await after.close();
  } finally {
    await empty.drop();
  }
});

describe('the end of an upload', () => {
  it('by its time is on record once, and by nobody', async () => {
    const [row] = await database.rows<{ id: string }>(
      `INSERT INTO upload_sessions (expected_digest, expected_size_bytes, state, storage_key, multipart_upload_id, created_by,
         expires_at)
       VALUES ($1, 1, 'uploading', 'key', 'id', $2, now() - interval '1 second') RETURNING id`,
      [randomDigest(), randomUUID()],
    );
    const job = { signal: new AbortController().signal, progressed: () => undefined };
    expect(await expireUploads(database, job)).toBe(1);
    expect(await expireUploads(database, job)).toBe(0);
    const { items } = await new AuditLog(database).list({ resource: 'uploads' }, { limit: 10 });
    expect(items).toEqual([
      expect.objectContaining({
        action: 'upload.expired',
        resource: `uploads/${row?.id ?? ''}`,
        outcome: 'success',
        before: { state: 'uploading' },
        after: { state: 'aborted' },
      }),
    ]);
    expect(items[0]).not.toHaveProperty('principalId');
  });
});
