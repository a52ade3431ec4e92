import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@imgsrv/platform';
import { CannotStartError } from '../cannot-start.error.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import { readPostmasterFile } from './postmaster-file.js';
import { SERVER_ENVIRONMENT, type ServerAccount, reachableFolder } from './server-account.js';
import { ServerLog } from './server-log.js';
import { startWatchdog } from './watchdog.js';

export interface PostmasterOptions {
  readonly clusterDir: string;
  readonly binaries: PostgresBinaries;
  readonly account: ServerAccount | undefined;
  /** Server settings by name, over our own. */
  readonly settings: Readonly<Record<string, string>>;
  readonly logger: Logger;
  /** Aborts the start. */
  readonly signal: AbortSignal | undefined;
}

const START_ATTEMPTS = 3;
const SLOW_START_MS = 5_000;
const FAST_STOP_TIMEOUT_MS = 30_000;
const IMMEDIATE_STOP_TIMEOUT_MS = 5_000;

/** A running PostgreSQL server process. */
export class Postmaster {
  /** Resolves when the server ended, with its last words; never rejects. */
  readonly ended: Promise<string>;

  private constructor(
    readonly port: number,
    private readonly child: ChildProcess,
    private readonly log: ServerLog,
    clusterAccount: ServerAccount | undefined,
  ) {
    const endWatchdog = child.pid === undefined ? undefined : startWatchdog(child.pid, clusterAccount);
    this.ended = once(child, 'close').then(
      () => log.lastLines(),
      (error: unknown) => String(error),
    );
    void this.ended.then(endWatchdog);
  }

  /**
   * Starts the server on a free loopback port and waits until it accepts connections, as long as it takes to recover.
   * It gets its own process group, so that Ctrl-C does not reach it before its clients are done.
   */
  static async start(options: PostmasterOptions): Promise<Postmaster> {
    for (let attempt = 1; ; attempt++) {
      const postmaster = Postmaster.spawn(await freePort(), options);
      const failure = await postmaster.waitUntilReady(options).catch(async (error: unknown) => {
        await postmaster.stop();
        throw error;
      });
      if (failure === undefined) {
        return postmaster;
      }
      const isPortTaken = failure.includes('could not bind');
      if (!isPortTaken || attempt === START_ATTEMPTS) {
        throw new CannotStartError(`The embedded PostgreSQL does not start: ${failure}`);
      }
    }
  }

  private static spawn(port: number, options: PostmasterOptions): Postmaster {
    const { path, cwd } = reachableFolder(options.clusterDir, options.account);
    const settings = {
      listen_addresses: '127.0.0.1',
      port: String(port),
      unix_socket_directories: '',
      cluster_name: 'imgsrv',
      log_line_prefix: '',
      // Details and statements can carry what a user stored.
      log_error_verbosity: 'terse',
      log_min_error_statement: 'panic',
      log_checkpoints: 'off',
      ...options.settings,
    };
    const parameters = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const child = spawn(options.binaries.postgres, ['-D', path, ...parameters], {
      ...options.account,
      cwd,
      env: SERVER_ENVIRONMENT,
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    return new Postmaster(port, child, new ServerLog(child.stderr, options.logger), options.account);
  }

  /** Undefined once it serves, else why it ended. Rejects when the start is aborted. */
  private async waitUntilReady(options: PostmasterOptions): Promise<string | undefined> {
    const end: { reason?: string } = {};
    void this.ended.then((reason) => (end.reason = reason));
    const slowAt = Date.now() + SLOW_START_MS;
    let isReportedSlow = false;
    while (end.reason === undefined) {
      options.signal?.throwIfAborted();
      const file = readPostmasterFile(options.clusterDir);
      if (file?.pid === this.child.pid && file?.isReady === true) {
        return undefined;
      }
      if (!isReportedSlow && Date.now() > slowAt) {
        isReportedSlow = true;
        options.logger.info('PostgreSQL is still starting, it may be recovering from a crash');
      }
      await delay(10);
    }
    return end.reason;
  }

  /** Stops the server in order, harder if it does not obey; resolves when it is gone. Safe to repeat. */
  async stop(): Promise<void> {
    this.log.expectEnd();
    const steps = [
      { signal: 'SIGINT', timeoutMs: FAST_STOP_TIMEOUT_MS },
      { signal: 'SIGQUIT', timeoutMs: IMMEDIATE_STOP_TIMEOUT_MS },
    ] as const;
    for (const { signal, timeoutMs } of steps) {
      this.child.kill(signal);
      if (await this.endsWithin(timeoutMs)) {
        return;
      }
    }
    this.child.kill('SIGKILL');
    await this.ended;
  }

  /** Stops the server at once, without waiting; the next start recovers. */
  kill(): void {
    this.log.expectEnd();
    this.child.kill('SIGQUIT');
  }

  private async endsWithin(timeoutMs: number): Promise<boolean> {
    const timer = new AbortController();
    const hasEnded = await Promise.race([
      this.ended.then(() => true),
      delay(timeoutMs, false, { signal: timer.signal }).catch(() => false),
    ]);
    timer.abort();
    return hasEnded;
  }
}

/** A loopback port that is free now; another program may take it before PostgreSQL does. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') {
    throw new Error('no port for the embedded PostgreSQL');
  }
  return address.port;
}
