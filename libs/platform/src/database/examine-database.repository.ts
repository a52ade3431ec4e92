import { Client } from 'pg';
import { describeCauses } from '../errors/describe-causes.js';
import { type Finding, ok, problem, warning } from '../examination/finding.js';
import { timeLimits } from './data-source.js';
import { notificationArrives } from './notification-probe.js';
import type { MigrationClass } from './run-migrations.js';

const OLDEST_VERSION = 14;
const CONNECT_TIMEOUT_MS = 5000;
const STATEMENT_MS = 10_000;
/** What `timeLimits` asks for, as Postgres shows it. */
const LOCK_TIMEOUT = '3s';
const LARGEST_SKEW_MS = 10_000;

/**
 * Looks at the database as a process would use it, and changes nothing. Never rejects for what the database does: that is
 * a finding.
 */
export async function examineDatabase(
  url: string,
  migrations: readonly MigrationClass[],
): Promise<readonly Finding[]> {
  const client = new Client({
    connectionString: url,
    application_name: 'imgsrv-doctor',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    ...timeLimits(STATEMENT_MS),
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return [
      await version(client),
      await acceptsWrites(client),
      await schema(client, migrations),
      await rights(client),
      await limits(client),
      await notifications(url),
      await clock(client),
    ];
  } catch (error) {
    return [unreachable(error)];
  } finally {
    await client.end().catch(() => undefined);
  }
}

function unreachable(error: unknown): Finding {
  const reason = describeCauses(error);
  return problem(
    'postgres: connection',
    reason,
    reason.includes('startup parameter')
      ? 'PgBouncer: set ignore_startup_parameters and connect_query as in docs/operators/pgbouncer.ini.'
      : 'Look at --postgres-url, the network, and the log of Postgres.',
  );
}

async function one<Row extends object>(client: Client, sql: string): Promise<Row | undefined> {
  return (await client.query<Row>(sql)).rows[0];
}

async function version(client: Client): Promise<Finding> {
  const row = await one<{ version: string; number: number }>(
    client,
    `SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number`,
  );
  const check = 'postgres: version';
  return (row?.number ?? 0) >= OLDEST_VERSION * 10_000
    ? ok(check, `It is ${row?.version ?? ''}.`)
    : problem(check, `It is ${row?.version ?? 'unknown'}.`, `Upgrade to ${OLDEST_VERSION} or newer.`);
}

async function acceptsWrites(client: Client): Promise<Finding> {
  const row = await one<{ read_only: string }>(
    client,
    `SELECT current_setting('transaction_read_only') AS read_only`,
  );
  const check = 'postgres: writes';
  return row?.read_only === 'off'
    ? ok(check, 'It accepts them.')
    : problem(check, 'It is read-only.', 'Connect to the primary.');
}

async function schema(client: Client, migrations: readonly MigrationClass[]): Promise<Finding> {
  const check = 'postgres: schema';
  const table = await one<{ name: string | null }>(client, `SELECT to_regclass('schema_migrations') AS name`);
  if (table?.name == null) {
    return warning(
      check,
      'The database is empty.',
      'The first start, or api --migrate-only, makes the tables.',
    );
  }
  const { rows } = await client.query<{ name: string }>('SELECT name FROM schema_migrations');
  const applied = new Set(rows.map(({ name }) => name));
  const known = new Set(migrations.map(({ name }) => name));
  const missing = [...known].filter((name) => !applied.has(name));
  const unknown = [...applied].filter((name) => !known.has(name));
  if (missing.length > 0) {
    return warning(
      check,
      `${missing.length} migrations of this release are not applied.`,
      'The next start, or api --migrate-only, applies them.',
    );
  }
  return unknown.length > 0
    ? warning(
        check,
        `It is newer: this release does not know ${unknown.length} migrations.`,
        'Upgrade this process.',
      )
    : ok(check, `All ${known.size} migrations are applied.`);
}

async function rights(client: Client): Promise<Finding> {
  const check = 'postgres: rights';
  const row = await one<{ role: string; owner: boolean; api: boolean; worker: boolean; superuser: boolean }>(
    client,
    `SELECT current_user AS role, current_setting('is_superuser') = 'on' AS superuser,
            coalesce(pg_has_role(c.relowner, 'USAGE'), false) AS owner,
            has_any_column_privilege(i.api, 'INSERT') AS api, has_any_column_privilege(i.worker, 'INSERT') AS worker
       FROM (SELECT to_regclass('upload_parts') AS api, to_regclass('blobs') AS worker) i
       LEFT JOIN pg_class c ON c.oid = i.worker WHERE i.worker IS NOT NULL AND i.api IS NOT NULL`,
  );
  if (row === undefined) {
    return ok(check, 'There are no tables yet.');
  }
  if (row.superuser) {
    return warning(
      check,
      `The role ${row.role} is a superuser.`,
      'Make roles: docs/operators/least-privilege.md.',
    );
  }
  if (row.owner) {
    return ok(check, `The role ${row.role} owns the tables.`);
  }
  const may = [...(row.api ? ['an api'] : []), ...(row.worker ? ['a worker'] : [])];
  return may.length === 0
    ? problem(
        check,
        `The role ${row.role} may neither be the one of an api nor of a worker.`,
        'Grant: api --migrate-only --grants-file, as the owner.',
      )
    : ok(check, `The role ${row.role} is that of ${may.join(' and ')}.`);
}

/** A pooler may take what is said at the start of a connection and forget it. */
async function limits(client: Client): Promise<Finding> {
  const check = 'postgres: time limits';
  const row = await one<{ lock_timeout: string }>(
    client,
    `SELECT current_setting('lock_timeout') AS lock_timeout`,
  );
  return row?.lock_timeout === LOCK_TIMEOUT
    ? ok(check, `A statement waits for a lock for ${LOCK_TIMEOUT} at most.`)
    : problem(
        check,
        `A statement may wait for a lock for ${row?.lock_timeout === '0' ? 'ever' : (row?.lock_timeout ?? '')}.`,
        'A pooler drops what a process asks for: set connect_query as in docs/operators/pgbouncer.ini.',
      );
}

async function notifications(url: string): Promise<Finding> {
  const check = 'postgres: notifications';
  return (await notificationArrives(url))
    ? ok(check, 'They come through.')
    : warning(
        check,
        'They do not come through: a pooler in transaction mode is in front.',
        'Jobs begin up to --cas-promotion-poll-interval later; shorten it if that matters.',
      );
}

async function clock(client: Client): Promise<Finding> {
  const check = 'postgres: clock';
  const beganAtMs = Date.now();
  const row = await one<{ now: Date }>(client, 'SELECT clock_timestamp() AS now');
  const skewMs = (row?.now.getTime() ?? 0) - (beganAtMs + Date.now()) / 2;
  const detail = `It differs from the one here by ${Math.round(Math.abs(skewMs) / 1000)} s.`;
  return Math.abs(skewMs) <= LARGEST_SKEW_MS
    ? ok(check, detail)
    : warning(check, detail, 'Set the clocks: tokens expire by that of the database.');
}
