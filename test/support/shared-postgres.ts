import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { json, text } from 'node:stream/consumers';
import { pino } from 'pino';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../apps/standalone/src/embedded-postgres/embedded-postgres.js';
import { DatabaseTemplate } from './database-template.js';
import { executeSql } from './execute-sql.js';

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

interface StartedPostgres {
  readonly shared: SharedPostgres;
  stop(): Promise<void>;
}

/**
 * Has one Postgres with a migrated template for a test run, from the moment when the first test process asks for it:
 * the one of `externalUrl`, else an embedded one.
 */
export class PostgresBroker {
  private postgres: Promise<StartedPostgres> | undefined;

  private constructor(private readonly server: Server) {}

  static async listen(
    socketPath: string,
    dataDir: string,
    externalUrl: string | undefined,
  ): Promise<PostgresBroker> {
    const server = createServer();
    const broker = new PostgresBroker(server);
    server.on('request', (_request, response) => {
      broker.postgres ??= startPostgres(dataDir, externalUrl);
      broker.postgres.then(
        ({ shared }) => response.end(JSON.stringify(shared)),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    });
    server.listen(socketPath);
    await once(server, 'listening');
    return broker;
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    // A start that failed has failed the test that asked for it.
    const postgres = await this.postgres?.catch(() => undefined);
    await postgres?.stop();
  }
}

async function startPostgres(dataDir: string, externalUrl: string | undefined): Promise<StartedPostgres> {
  const embedded = externalUrl === undefined ? await startEmbedded(dataDir) : undefined;
  const url = externalUrl ?? embedded?.url ?? '';
  try {
    const template = await DatabaseTemplate.create(url);
    return {
      shared: { url, template: template.name, strategy: await fastestStrategy(url) },
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

/** Asks the broker for the run's Postgres. Rejects with the reason when it does not start. */
export async function askForPostgres(socketPath: string): Promise<SharedPostgres> {
  const asking = request({ socketPath, path: '/', agent: false });
  asking.end();
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) {
    throw new Error(await text(response));
  }
  return (await json(response)) as SharedPostgres;
}
