import {
  type Config,
  Database,
  InvalidSettingError,
  type Logger,
  type RunningService,
} from '@imgsrv/platform';
import { MIGRATIONS } from '../../../migrations/index.js';

/**
 * Brings the database to the schema of this release and is done; repeating it is safe. For an owner of the tables whose
 * rights the serving processes do not have. Waits for a database that is not there yet.
 */
export function migrateDatabase(config: Config, logger: Logger): Promise<RunningService> {
  if (config.postgresUrl === undefined) {
    throw new InvalidSettingError('--migrate-only needs --postgres-url (IMGSRV_POSTGRES_URL).');
  }
  const database = new Database({
    url: config.postgresUrl,
    applicationName: 'imgsrv-migrate',
    entities: [],
    migrations: MIGRATIONS,
    logger,
    ...(config.grants === undefined ? {} : { grants: config.grants }),
  });
  const migrated = database.start();
  return Promise.resolve({
    urls: {},
    failed: migrated,
    done: migrated.then(
      () => 'migrated',
      () => new Promise<never>(() => undefined),
    ),
    stop: () => database.close(),
  });
}
