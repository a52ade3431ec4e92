import { compareLedger } from '@imgsrv/cas';
import {
  type Config,
  Database,
  InvalidSettingError,
  type Logger,
  type RunningService,
} from '@imgsrv/platform';
import { MIGRATIONS } from '../../../migrations/index.js';

/**
 * Counts what every principal stores, logs each whose ledger says something else, and is done; changes nothing. Fails when there
 * was one. Waits for a database that is not there yet.
 */
export function verifyLedger(config: Config, logger: Logger): Promise<RunningService> {
  if (config.postgresUrl === undefined) {
    throw new InvalidSettingError('--verify-ledger needs --postgres-url (IMGSRV_POSTGRES_URL).');
  }
  const database = new Database({
    url: config.postgresUrl,
    applicationName: 'imgsrv-verify-ledger',
    entities: [],
    migrations: MIGRATIONS,
    logger,
    statementTimeoutMs: LONGEST_COUNT_MS,
  });
  const verified = database.start().then(() => compare(database, logger));
  return Promise.resolve({
    urls: {},
    failed: verified,
    done: verified.then(
      () => 'the ledger is right',
      () => new Promise<never>(() => undefined),
    ),
    stop: () => database.close(),
  });
}

/** Of millions of blobs. */
const LONGEST_COUNT_MS = 3_600_000;

async function compare(database: Database, logger: Logger): Promise<void> {
  const differences = await compareLedger(database);
  for (const { principalId, ledgerBytes, countedBytes } of differences) {
    logger.error(
      { principal_id: principalId, ledger_bytes: ledgerBytes, counted_bytes: countedBytes },
      'the ledger of the quotas differs from what is stored',
    );
  }
  if (differences.length > 0) {
    throw new Error(`The ledgers of ${differences.length} principals are wrong.`);
  }
}
