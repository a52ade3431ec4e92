import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { askForPostgres } from './postgres-broker.js';
import { brokerSocket, externalPostgresUrl, runFolder } from './run-folder.js';
import { waitFor } from './wait-for.js';

export interface TestDatabase {
  /** `postgres://…`, with the password. */
  readonly url: string;
  /** Drops the database, connected clients or not. Safe to repeat. */
  drop(): Promise<void>;
}

let serverUrl: Promise<string> | undefined;

/**
 * Makes an empty database for one test or suite: on the server of IMGSRV_TEST_POSTGRES_URL, else on an embedded
 * Postgres that all test processes of a run share and that starts when it is asked for first.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  serverUrl ??= Promise.resolve(externalPostgresUrl() ?? askForPostgres(brokerSocket(runFolder())));
  const server = await serverUrl;
  const name = `imgsrv_test_${randomUUID().replaceAll('-', '')}`;
  await execute(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () => drop(server, name),
  };
}

/** Autovacuum may be in the database, which only a superuser could end; it leaves by itself when asked. */
async function drop(server: string, name: string): Promise<void> {
  let refusal: unknown;
  await waitFor(
    async () => {
      refusal = await execute(server, `drop database if exists ${name} with (force)`).catch(
        (error: unknown) => error,
      );
      return refusal === undefined;
    },
    { intervalMs: 200, what: () => `the database to be dropped: ${String(refusal)}` },
  );
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
