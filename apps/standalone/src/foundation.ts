import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import type { Config, Logger } from '@imgsrv/platform';
import { CannotStartError } from './cannot-start.error.js';
import { makeDataFolder, reasonOf } from './data-folder.js';
import { type DataFolderLock, lockDataFolder } from './data-folder-lock.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres/embedded-postgres.js';
import { makeFolders } from './make-folders.js';

/** What the services stand on and the user did not bring. */
export interface Foundation {
  readonly postgres: EmbeddedPostgres | undefined;
  /** Folder of the blobs in the data folder; undefined when settings name a store. */
  readonly storageDir: string | undefined;
  /** Stops and frees everything. Safe to repeat. */
  readonly close: () => Promise<void>;
}

/**
 * Starts PostgreSQL when no --postgres-url is set, and makes a folder for the blobs when neither S3 nor --storage-dir is.
 * Rejects with CannotStartError, whose message is for the user.
 */
export async function layFoundation(
  config: Config,
  logger: Logger,
  signal: AbortSignal,
): Promise<Foundation> {
  const needsPostgres = config.postgresUrl === undefined;
  const needsStore = config.s3 === undefined && config.storageDir === undefined;
  if (!needsPostgres && !needsStore) {
    return { postgres: undefined, storageDir: undefined, close: () => Promise.resolve() };
  }
  const dataDir = makeDataFolder(config.dataDir);
  const lock: DataFolderLock = await lockDataFolder(dataDir, logger);
  try {
    const storageDir = needsStore ? makeStore(dataDir) : undefined;
    const postgres = needsPostgres ? await startEmbeddedPostgres({ dataDir, logger, signal }) : undefined;
    return {
      postgres,
      storageDir,
      close: async () => {
        await postgres?.stop();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function makeStore(dataDir: string): string {
  const storageDir = join(dataDir, 'store');
  try {
    if (makeFolders(storageDir)) {
      chmodSync(storageDir, 0o700);
    }
    return storageDir;
  } catch (error) {
    throw new CannotStartError(`The folder of the blobs cannot be made: ${reasonOf(error, storageDir)}.`);
  }
}
