import { randomUUID } from 'node:crypto';
import { executeSql } from './execute-sql.js';
import { askBroker } from './run-broker.js';
import { brokerSocket, runFolder } from './run-folder.js';
import type { SharedPostgres } from './shared-postgres.js';
import { waitFor } from './wait-for.js';

export interface TestDatabase {
  /** `postgres://…`, with the password. */
  readonly url: string;
  /** Drops the database, connected clients or not. Safe to repeat. */
  drop(): Promise<void>;
}

let shared: Promise<SharedPostgres> | undefined;

/**
 * Makes a migrated database for one test or suite: on the server of IMGSRV_TEST_POSTGRES_URL, else on an embedded
 * Postgres that all test processes of a run share and that starts when it is asked for first.
 */
export function createTestDatabase(): Promise<TestDatabase> {
  return create(({ template, strategy }) => `template ${template} ${strategy}`);
}

/** The same for a test that is about migrations: a database that has none yet. */
export function createEmptyDatabase(): Promise<TestDatabase> {
  return create(() => '');
}

async function create(options: (server: SharedPostgres) => string): Promise<TestDatabase> {
  shared ??= askBroker<SharedPostgres>(brokerSocket(runFolder()), 'postgres');
  const server = await shared;
  const name = `imgsrv_test_${randomUUID().replaceAll('-', '')}`;
  await executeSql(server.url, `create database ${name} ${options(server)}`);
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () => drop(server.url, name),
  };
}

/** Autovacuum may be in the database, which only a superuser could end; it leaves by itself when asked. */
async function drop(server: string, name: string): Promise<void> {
  let refusal: unknown;
  await waitFor(
    async () => {
      refusal = await executeSql(server, `drop database if exists ${name} with (force)`).then(
        () => undefined,
        (error: unknown) => error,
      );
      return refusal === undefined;
    },
    { intervalMs: 200, what: () => `the database to be dropped: ${String(refusal)}` },
  );
}
