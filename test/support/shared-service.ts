import type { Shared } from './run-broker.js';
import { type RunningService, startService } from './service.js';

/** What a test may know of a service that other tests use at the same time: nothing that it could stop, signal or restart. */
export type SharedService = Pick<RunningService, 'baseUrl' | 'bootstrapToken' | 'databaseUrl' | 'storageDir'>;

/** One api and one worker with default settings, on a database and a folder of their own. */
export async function startSharedService(): Promise<Shared<SharedService>> {
  const service = await startService();
  const { baseUrl, bootstrapToken, databaseUrl, storageDir } = service;
  return {
    facts: { baseUrl, bootstrapToken, databaseUrl, storageDir },
    stop: () => service.stop(),
  };
}
