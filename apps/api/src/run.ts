import { runProcess } from '@imgsrv/platform';
import { migrateDatabase } from './migrate-database.js';
import { startApi } from './start-api.js';

/** The api as a process. */
export function runApi(): Promise<void> {
  return runProcess('api', (config, logger) =>
    config.migrateOnly ? migrateDatabase(config, logger) : startApi(config, logger),
  );
}
