import type { Client } from 'pg';

export type Session = Pick<Client, 'query'>;

/** What has to be there again at the end, as the statement that makes it. */
interface Guard {
  readonly drop: string;
  readonly make: string;
}

/**
 * Fills tables with nothing that looks at each row: no triggers of ours, no keys, no indexes, no patterns of domains. Afterwards
 * all of it is made again, which proves every key; patterns then hold for new values, and `validateDomains` proves the others. The
 * planner is told what is there now, unless without `statistics`. In one transaction; needs no superuser.
 */
export async function withoutGuards(
  session: Session,
  tables: readonly string[],
  fill: () => Promise<void>,
  { statistics = true }: { readonly statistics?: boolean } = {},
): Promise<void> {
  await session.query('BEGIN');
  await session.query(`SET LOCAL maintenance_work_mem = '512MB'`);
  const guards: Guard[] = [];
  for (const sql of [FOREIGN_KEYS, INDEXES, UNIQUE_KEYS, DOMAIN_PATTERNS]) {
    guards.push(...(await session.query<Guard>(sql, sql.includes('$1') ? [tables] : [])).rows);
  }
  for (const table of tables) {
    await session.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
  }
  for (const { drop } of guards) {
    await session.query(drop);
  }
  await fill();
  for (const { make } of guards.reverse()) {
    await session.query(make);
  }
  for (const table of tables) {
    await session.query(`ALTER TABLE ${table} ENABLE TRIGGER USER`);
  }
  await session.query('COMMIT');
  // The visibility map as well, without which no index is enough for an answer.
  await session.query(`VACUUM (ANALYZE ${statistics}) ${tables.join(', ')}`);
}

/** Proves the values that are there; takes some minutes for millions. */
export async function validateDomains(session: Session): Promise<void> {
  const { rows } = await session.query<{ validate: string }>(
    `SELECT format('ALTER DOMAIN %s VALIDATE CONSTRAINT %I', contypid::regtype, conname) AS validate
       FROM pg_constraint WHERE contypid <> 0 AND NOT convalidated`,
  );
  for (const { validate } of rows) {
    await session.query(validate);
  }
}

const FOREIGN_KEYS = `
  SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop,
         format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS make
    FROM pg_constraint
   WHERE contype = 'f' AND conparentid = 0 AND (conrelid = ANY ($1::regclass[]) OR confrelid = ANY ($1::regclass[]))
   ORDER BY conname`;

/** Those that no key has made. Those of partitioned tables stay. */
const INDEXES = `
  SELECT format('DROP INDEX %s', i.indexrelid::regclass) AS drop, pg_get_indexdef(i.indexrelid) AS make
    FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
   WHERE t.relkind = 'r' AND NOT t.relispartition AND i.indrelid = ANY ($1::regclass[])
     AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
   ORDER BY i.indexrelid::regclass::text`;

const UNIQUE_KEYS = `
  SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop,
         format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(c.oid)) AS make
    FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
   WHERE c.contype IN ('p', 'u') AND t.relkind = 'r' AND NOT t.relispartition AND c.conrelid = ANY ($1::regclass[])
   ORDER BY conname`;

const DOMAIN_PATTERNS = `
  SELECT format('ALTER DOMAIN %s DROP CONSTRAINT %I', contypid::regtype, conname) AS drop,
         format('ALTER DOMAIN %s ADD CONSTRAINT %I %s NOT VALID', contypid::regtype, conname, pg_get_constraintdef(oid)) AS make
    FROM pg_constraint WHERE contypid <> 0 AND connamespace = current_schema()::regnamespace ORDER BY conname`;
