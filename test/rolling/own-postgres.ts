import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../apps/standalone/src/embedded-postgres/embedded-postgres.js';
import { runFolder } from '../support/run-folder.js';
import { freePort } from '../support/free-port.js';

/** A Postgres of one's own, which may be stopped and started without hurting other tests. */
export class OwnPostgres {
  private constructor(
    readonly url: string,
    private readonly start: () => Promise<EmbeddedPostgres>,
    private running: EmbeddedPostgres,
  ) {}

  static async start(): Promise<OwnPostgres> {
    const port = String(await freePort());
    const dataDir = await mkdtemp(join(runFolder(), 'postgres-'));
    const start = () =>
      startEmbeddedPostgres({ dataDir, logger: pino({ level: 'error' }), settings: { port } });
    const running = await start();
    const url = new URL(running.url);
    url.port = port;
    return new OwnPostgres(url.href, start, running);
  }

  /** In order: every connection is told, and cut. */
  async stop(): Promise<void> {
    await this.running.stop();
  }

  async restart(): Promise<void> {
    this.running = await this.start();
  }
}
