import { InvalidSettingError } from '../config/invalid-setting.error.js';
import { type Command, parseCommandLine } from '../config/command-line.js';
import { quietSdkVersionWarning } from '../config/quiet-sdk.js';
import type { Config } from '../config/config.js';
import type { ProcessName } from '../config/settings.js';
import { createLogger, type Logger } from '../logging/logger.js';
import { warnOfFewDescriptors } from './descriptor-limit.js';

/** A service that runs until it is stopped. */
export interface RunningService {
  /** What is said once it serves. */
  readonly urls: { readonly http?: string; readonly metrics?: string };
  /** Rejects when the service cannot go on and only a restart may help. What it resolves to means nothing. */
  readonly failed: Promise<unknown>;
  /** Resolves, with what was done, when there is nothing left to do; a service that runs on has none. */
  readonly done?: Promise<string>;
  /** Ends work in flight within the configured time and frees everything. Still accepts connections for `drainDelayMs`. */
  stop(drainDelayMs: number): Promise<void>;
}

const EXIT_USAGE = 2;
const EXIT_FAILED = 1;
/** What ends after the work in flight: connections that may hang. */
const CLOSE_TIMEOUT_MS = 5000;

/**
 * The life of a process: reads its settings, starts the service, and stops it on SIGTERM, SIGINT or when the
 * parent that holds its IPC channel is gone; never on SIGHUP. A second signal ends it at once, and a stop that hangs ends it too.
 */
export async function runProcess(
  processName: ProcessName,
  start: (config: Config, logger: Logger) => Promise<RunningService>,
): Promise<void> {
  const command = readCommand(processName);
  if (command.kind === 'print') {
    process.stdout.write(`${command.text}\n`);
    return;
  }
  quietSdkVersionWarning();
  const logger = createLogger(command.config);
  reportStrayErrors(logger);
  warnOfFewDescriptors(command.config, logger);
  const stopped = stopSignal();
  let service: RunningService;
  try {
    service = await start(command.config, logger);
  } catch (error) {
    logger.fatal(
      isExpected(error) ? {} : { err: error },
      `${processName} could not start: ${sentence(error)}`,
    );
    process.exit(EXIT_FAILED);
  }
  logger.info(service.urls, `${processName} is up`);
  process.send?.({ type: 'listening', ...service.urls });
  service.failed.catch((error: unknown) => {
    logger.fatal({ err: error }, `${processName} cannot go on: ${sentence(error)}`);
    process.exit(EXIT_FAILED);
  });
  const reason = await Promise.race([stopped, ...(service.done === undefined ? [] : [service.done])]);
  // Only SIGTERM comes from somebody with a load balancer to wait for: not Ctrl-C, not a parent that is gone.
  const drainDelayMs = reason === 'SIGTERM' ? command.config.drainDelayMs : 0;
  logger.info({ reason, drain_ms: drainDelayMs }, `${processName} is shutting down`);
  endWithin(drainDelayMs + command.config.shutdownTimeoutMs + CLOSE_TIMEOUT_MS, processName, logger);
  await service.stop(drainDelayMs);
  logger.info(`${processName} stopped`);
  process.exit(0);
}

/** A dependency that hangs must not keep the process: its work is safe, another one takes it. */
function endWithin(timeoutMs: number, processName: ProcessName, logger: Logger): void {
  setTimeout(() => {
    logger.warn(`${processName} could not release everything in time and exits`);
    process.exit(EXIT_FAILED);
  }, timeoutMs).unref();
}

function readCommand(processName: ProcessName): Command {
  try {
    return parseCommandLine(processName, process.argv.slice(2));
  } catch (error) {
    if (error instanceof InvalidSettingError) {
      process.stderr.write(`imgsrv: ${error.message}\n`);
      process.exit(EXIT_USAGE);
    }
    throw error;
  }
}

function stopSignal(): Promise<string> {
  // Asks for files to be read again (`watchFiles`); a process that has none is not to die of it.
  process.on('SIGHUP', () => undefined);
  return new Promise((resolve) => {
    let asked = false;
    const ask = (reason: string) => {
      if (asked && reason !== 'disconnect') {
        process.exit(EXIT_FAILED);
      }
      asked = true;
      resolve(reason);
    };
    process.on('SIGTERM', ask);
    process.on('SIGINT', ask);
    process.on('disconnect', () => {
      ask('disconnect');
    });
  });
}

function reportStrayErrors(logger: Logger): void {
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'unhandled error; the process exits');
    process.exit(EXIT_FAILED);
  });
  process.on('unhandledRejection', (error) => {
    logger.fatal({ err: error }, 'unhandled promise rejection; the process exits');
    process.exit(EXIT_FAILED);
  });
}

function isExpected(error: unknown): boolean {
  return error instanceof InvalidSettingError || isSystemError(error);
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return (
    error instanceof Error && 'code' in error && (error.code === 'EADDRINUSE' || error.code === 'EACCES')
  );
}

function sentence(error: unknown): string {
  if (isSystemError(error) && error.syscall === 'listen') {
    const where =
      'port' in error ? ` ${'address' in error ? String(error.address) : ''}:${String(error.port)}` : '';
    return error.code === 'EADDRINUSE'
      ? `the address${where} is in use; stop what listens there or choose another with --listen or --metrics-listen.`
      : `listening on${where} is not permitted; choose a port above 1023 with --listen.`;
  }
  return error instanceof Error ? error.message : String(error);
}
