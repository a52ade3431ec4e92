import { openObjectStore } from '@imgsrv/cas';
import {
  type Command,
  type Config,
  createLogger,
  Database,
  DependencyUnavailableError,
  InvalidSettingError,
  type Logger,
  parseCommandLine,
  quietSdkVersionWarning,
} from '@imgsrv/platform';
import { Rebuild, RebuildRefusedError, type RebuildReport } from '@imgsrv/records';
import { MIGRATIONS } from '../../../migrations/index.js';

const EXIT_INCOMPLETE = 1;
const EXIT_USAGE = 2;
/** As a shell tells it of a process that a signal ended. */
const EXIT_STOPPED = 143;

/**
 * Restores the published catalogue into an empty database, says on stdout what it restored, and ends: with 0 when nothing is
 * missing. It may be ended at any moment, and never counts as done then.
 */
export async function runRebuild(): Promise<void> {
  const command = readCommand();
  if (command.kind === 'print') {
    process.stdout.write(`${command.text}\n`);
    return;
  }
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.on(signal, () => process.exit(EXIT_STOPPED));
  }
  quietSdkVersionWarning();
  const logger = createLogger(command.config);
  try {
    const report = await rebuild(command.config, logger);
    process.stdout.write(`${summaryOf(report)}\n`);
    process.exit(report.problems === 0 ? 0 : EXIT_INCOMPLETE);
  } catch (error) {
    logger.fatal(isExpected(error) ? {} : { err: error }, `nothing more is restored: ${messageOf(error)}`);
    process.exit(EXIT_INCOMPLETE);
  }
}

async function rebuild(config: Config, logger: Logger): Promise<RebuildReport> {
  const store = openObjectStore(config, logger);
  if (config.postgresUrl === undefined || store === undefined) {
    throw new InvalidSettingError(
      'A rebuild needs --postgres-url (IMGSRV_POSTGRES_URL) and a store: --storage-dir or the --s3-* settings.',
    );
  }
  const database = new Database({
    url: config.postgresUrl,
    applicationName: 'imgsrv-rebuild',
    entities: [],
    migrations: MIGRATIONS,
    logger,
  });
  await store.check();
  await database.start();
  return new Rebuild(database, store, {
    verifyBytes: config.verifyBytes,
    onProblem: (subject, reason) => {
      logger.error({ subject, reason }, `not restored: ${subject}: ${reason}`);
    },
    onProgress: ({ images, versions, aliases }) => {
      logger.info({ images, versions, aliases }, 'restoring');
    },
  }).run();
}

function summaryOf({ images, versions, aliases, blobs, present, problems }: RebuildReport): string {
  return [
    `restored: ${images} images, ${versions} versions, ${aliases} aliases, ${blobs} blobs`,
    `there before: ${present} images and versions`,
    `not restored: ${problems}`,
    'never restored: principals, tokens, rules, the audit log, drafts, uploads',
  ].join('\n');
}

function readCommand(): Command {
  try {
    return parseCommandLine('rebuild', process.argv.slice(2));
  } catch (error) {
    if (error instanceof InvalidSettingError) {
      process.stderr.write(`imgsrv: ${error.message}\n`);
      process.exit(EXIT_USAGE);
    }
    throw error;
  }
}

function isExpected(error: unknown): boolean {
  return [RebuildRefusedError, DependencyUnavailableError, InvalidSettingError].some(
    (known) => error instanceof known,
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
