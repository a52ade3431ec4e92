import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../apps/standalone/src/embedded-postgres/embedded-postgres.js';

/** Nothing of a test run has to survive a power cut. */
const TEST_SETTINGS = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  max_connections: '300',
};

/** Starts one embedded Postgres for a test run when the first test process asks for it. */
export class PostgresBroker {
  private postgres: Promise<EmbeddedPostgres> | undefined;

  private constructor(private readonly server: Server) {}

  static async listen(socketPath: string, dataDir: string): Promise<PostgresBroker> {
    const server = createServer();
    const broker = new PostgresBroker(server);
    server.on('request', (_request, response) => {
      broker.postgres ??= startEmbeddedPostgres({
        dataDir,
        logger: pino({ level: 'error' }),
        settings: TEST_SETTINGS,
      });
      broker.postgres.then(
        ({ url }) => response.end(url),
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

/** Asks the broker for the URL of the run's Postgres. Rejects with the reason when it does not start. */
export async function askForPostgres(socketPath: string): Promise<string> {
  const asking = request({ socketPath, path: '/', agent: false });
  asking.end();
  const [response] = (await once(asking, 'response')) as [import('node:http').IncomingMessage];
  const body = await text(response);
  if (response.statusCode !== 200) {
    throw new Error(body);
  }
  return body;
}
