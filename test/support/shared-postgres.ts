import { pino } from 'pino';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../apps/standalone/src/embedded-postgres/embedded-postgres.js';
import { DatabaseTemplate } from './database-template.js';
import { executeSql } from './execute-sql.js';
import type { Shared } from './run-broker.js';

/** Nothing of a test run has to survive a power cut. */
const TEST_SETTINGS = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  max_connections: '300',
};

/** The server of a test run. */
export interface SharedPostgres {
  /** `postgres://…` of the database that one connects to in order to make others. */
  readonly url: string;
  /** The name of a migrated database for `CREATE DATABASE … TEMPLATE`. */
  readonly template: string;
  /** How a database is copied fastest, as an option of `CREATE DATABASE`. */
  readonly strategy: string;
}

/** A Postgres with a migrated template: the one of `externalUrl`, else an embedded one in this folder. */
export async function startSharedPostgres(
  dataDir: string,
  externalUrl: string | undefined,
): Promise<Shared<SharedPostgres>> {
  const embedded = externalUrl === undefined ? await startEmbedded(dataDir) : undefined;
  const url = externalUrl ?? embedded?.url ?? '';
  try {
    const template = await DatabaseTemplate.create(url);
    return {
      facts: { url, template: template.name, strategy: await fastestStrategy(url) },
      stop: () => (embedded === undefined ? template.drop() : embedded.stop()),
    };
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}

/** Copying files takes half of the time of writing them into the log. Postgres 14 knows no other way. */
async function fastestStrategy(url: string): Promise<string> {
  const [row] = await executeSql<{ version: number }>(
    url,
    `SELECT current_setting('server_version_num')::int AS version`,
  );
  return (row?.version ?? 0) >= 150_000 ? 'strategy file_copy' : '';
}

function startEmbedded(dataDir: string): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ dataDir, logger: pino({ level: 'error' }), settings: TEST_SETTINGS });
}
