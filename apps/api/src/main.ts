import { runProcess } from '@imgsrv/platform';
import { migrateDatabase } from './migrate-database.js';
import { startApi } from './start-api.js';

await runProcess('api', (config, logger) =>
  config.migrateOnly ? migrateDatabase(config, logger) : startApi(config, logger),
);
