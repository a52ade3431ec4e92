import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OpenedDatabase } from '../support/database.js';

/**
 * `ON CONFLICT (columns)` settles conflicts in the unique index of these columns only. Where another unique index of the table has
 * the same columns and more, two that insert the same row within microseconds may meet in that one first, and the second fails with
 * SQLSTATE 23505 (PostgreSQL documents it under INSERT). Such a statement must name no columns.
 */
const CHECKOUT = join(import.meta.dirname, '..', '..');

interface Target {
  readonly table: string;
  /** Sorted. */
  readonly columns: string;
}

const nameOf = ({ table, columns }: Target) => `${table} (${columns})`;

let opened: OpenedDatabase;
beforeAll(async () => {
  opened = await OpenedDatabase.open();
});
afterAll(() => opened.close());

/** The unique indexes whose columns are all in another unique index of the same table. */
async function coveredIndexes(): Promise<readonly string[]> {
  const covered = await opened.database.rows<Target>(
    `WITH uniques AS (
       SELECT i.indexrelid, c.relname AS name,
              ARRAY (SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
                      ORDER BY 1) AS columns
         FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
        WHERE i.indisunique AND i.indpred IS NULL AND c.relnamespace = current_schema::regnamespace)
     SELECT DISTINCT u.name AS table, array_to_string(u.columns, ', ') AS columns
       FROM uniques u JOIN uniques w ON w.name = u.name AND w.indexrelid <> u.indexrelid AND w.columns @> u.columns`,
  );
  return covered.map(nameOf);
}

/** What the statements of a text, which end with one of `ends`, insert into, and where they expect conflicts. */
function targetsIn(text: string, ends: RegExp): readonly string[] {
  return text
    .split(ends)
    .flatMap((statement) =>
      [...statement.matchAll(/INSERT INTO (\w+)(?:(?!INSERT INTO)[^])*?ON CONFLICT \(([\w, ]+)\)/g)].map(
        ([, table = '', columns = '']) => nameOf({ table, columns: columns.split(', ').sort().join(', ') }),
      ),
    );
}

function sources(): readonly string[] {
  return ['apps', 'libs'].flatMap((folder) =>
    readdirSync(join(CHECKOUT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts') && !file.includes('node_modules'))
      .map((file) => readFileSync(join(CHECKOUT, folder, file), 'utf8')),
  );
}

/** The functions as the last migration leaves them. */
async function functions(): Promise<readonly string[]> {
  const found = await opened.database.rows<{ source: string }>(
    'SELECT prosrc AS source FROM pg_proc WHERE pronamespace = current_schema::regnamespace',
  );
  return found.map(({ source }) => source);
}

it('no statement expects a conflict in one of two unique indexes that have the same columns', async () => {
  const covered = await coveredIndexes();
  expect(covered).toContain('blobs (digest)');
  const targets = [
    ...sources().flatMap((text) => targetsIn(text, /`/)),
    ...(await functions()).flatMap((text) => targetsIn(text, /;/)),
  ];
  expect(targets).toEqual(expect.arrayContaining(['images (name)', 'aliases (alias, image_id)']));
  expect(targets.filter((target) => covered.includes(target))).toEqual([]);
});
