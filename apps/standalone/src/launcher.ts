import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import type { Config, Logger } from '@imgsrv/platform';
import { announcement } from './announcement.js';
import { CannotStartError } from './cannot-start.error.js';
import { type Foundation, layFoundation } from './foundation.js';
import { ServiceChild, type ServiceEnd, type ServiceName } from './service-child.js';
import { serviceFlags } from './service-flags.js';
import { HAS_TERMINAL, listenForStopRequests } from './stop-requests.js';

const EXIT_FAILED = 1;
const TOKEN_LINE = /^imgsrv bootstrap token: /;
/** The token's line and the news that the api serves come on two channels, in either order. */
const TOKEN_LINE_GRACE_MS = 100;
/** What a service gets on top of its own --drain-delay and --shutdown-timeout. */
const STOP_GRACE_MS = 5_000;

/** Runs api and worker until they are asked to stop or one fails. Resolves with the exit code, when nothing runs any more. */
export async function launch(config: Config, userFlags: readonly string[], logger: Logger): Promise<number> {
  const requests = listenForStopRequests();
  const launched: { launcher?: Launcher } = {};
  const run = async (): Promise<number> => {
    try {
      const foundation = await layFoundation(config, logger, requests.asked);
      launched.launcher = new Launcher(config, userFlags, logger, foundation);
    } catch (error) {
      return reportFailedStart(error, requests.asked, logger);
    }
    return launched.launcher.run(requests.asked);
  };
  const stopAtOnce = requests.insisted.then(() => {
    logger.warn('stopping at once');
    launched.launcher?.killAll();
    return EXIT_FAILED;
  });
  return Promise.race([run(), stopAtOnce]);
}

async function reportFailedStart(error: unknown, asked: AbortSignal, logger: Logger): Promise<number> {
  // Ctrl-C also ends the short programs that prepare a cluster; its signal is handled after their failure.
  await nextTurn();
  if (asked.aborted) {
    return 0;
  }
  const isExpected = error instanceof CannotStartError;
  logger.fatal(isExpected ? {} : { err: error }, error instanceof Error ? error.message : String(error));
  return EXIT_FAILED;
}

class Launcher {
  private readonly api: ServiceChild;
  private readonly worker: ServiceChild;
  private isTokenPrinted = false;

  constructor(
    private readonly config: Config,
    private readonly userFlags: readonly string[],
    private readonly logger: Logger,
    private readonly foundation: Foundation,
  ) {
    this.api = this.startService('api');
    this.worker = this.startService('worker');
  }

  async run(asked: AbortSignal): Promise<number> {
    void this.announce();
    const failure = await Promise.race([
      whenAborted(asked),
      this.api.ended.then(describeEnd),
      this.worker.ended.then(describeEnd),
      this.foundation.postgres?.exited.then(({ message }) => message) ?? new Promise<never>(() => undefined),
    ]);
    if (failure === undefined) {
      this.logger.info({ reason: asked.reason }, 'stopping');
    } else {
      this.logger.error(`${failure}; everything stops`);
    }
    const signal = asked.reason === 'SIGTERM' ? 'SIGTERM' : 'SIGINT';
    const timeoutMs = this.config.drainDelayMs + this.config.shutdownTimeoutMs + STOP_GRACE_MS;
    const ends = await Promise.all([this.api.stop(signal, timeoutMs), this.worker.stop(signal, timeoutMs)]);
    await this.foundation.close();
    this.logger.info('stopped');
    return exitCode(ends, failure !== undefined);
  }

  /** Ends everything at once and does not wait. */
  killAll(): void {
    this.api.kill();
    this.worker.kill();
    this.foundation.postgres?.kill();
  }

  private startService(name: ServiceName): ServiceChild {
    return new ServiceChild({
      name,
      flags: serviceFlags(name, this.userFlags, this.config, this.foundation.storageDir),
      postgresUrl: this.foundation.postgres?.url,
      onLine: (line) => {
        this.isTokenPrinted ||= TOKEN_LINE.test(line);
        process.stdout.write(`${line}\n`);
      },
    });
  }

  private async announce(): Promise<void> {
    const [api, worker] = await Promise.all([this.api.listening, this.worker.listening]);
    process.on('SIGHUP', () => {
      if (!HAS_TERMINAL) {
        this.api.reread();
        this.worker.reread();
      }
    });
    await delay(TOKEN_LINE_GRACE_MS);
    process.stderr.write(
      announcement({
        config: this.config,
        api,
        worker,
        isPostgresEmbedded: this.foundation.postgres !== undefined,
        storageDir: this.foundation.storageDir,
        isTokenPrinted: this.isTokenPrinted,
      }),
    );
  }
}

function whenAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    const done = (): void => {
      resolve(undefined);
    };
    signal.addEventListener('abort', done);
    if (signal.aborted) {
      done();
    }
  });
}

function describeEnd({ name, code, signal }: ServiceEnd): string {
  return `the ${name} ended with ${signal === null ? `exit code ${code ?? 'unknown'}` : signal}`;
}

/** The first failure of a service, passed on; else 1 when something else failed. */
function exitCode(ends: readonly ServiceEnd[], isFailure: boolean): number {
  const codes = ends.map(({ code, signal }) => (signal === 'SIGKILL' ? EXIT_FAILED : (code ?? 0)));
  return codes.find((code) => code !== 0) ?? (isFailure ? EXIT_FAILED : 0);
}
