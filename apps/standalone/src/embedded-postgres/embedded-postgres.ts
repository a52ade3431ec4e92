import type { Logger } from '@imgsrv/platform';
import { makeDataFolder } from '../data-folder.js';
import { ROLE, clusterFolder, prepareCluster } from './cluster.js';
import { findPostgresBinaries } from './postgres-binaries.js';
import { Postmaster } from './postmaster.js';
import { chooseServerAccount } from './server-account.js';
import { stopSurvivors } from './survivors.js';

export interface EmbeddedPostgresOptions {
  /** The cluster is `postgres` in it, the password of its role `postgres-password`. */
  readonly dataDir: string;
  readonly logger: Logger;
  /** Aborts a start, for instance during a long recovery. */
  readonly signal?: AbortSignal;
  /** More server settings by name. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedPostgres {
  /** With the password in it: never to be logged or passed as an argument. */
  readonly url: string;
  /** Stops the server in order and waits for its end. Safe to repeat. */
  readonly stop: () => Promise<void>;
  /** Tells the server to stop at once and does not wait; the next start recovers. */
  readonly kill: () => void;
  /** Resolves with the reason when the server ends without being asked to. */
  readonly exited: Promise<Error>;
}

/**
 * Starts PostgreSQL on the cluster in `dataDir`, which is made at the first start, and resolves when it accepts connections.
 * A server that an earlier, killed launcher left behind is stopped first, so the caller must hold the data folder's lock.
 * Rejects with CannotStartError, whose message is for the user.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { logger, signal } = options;
  const dataDir = makeDataFolder(options.dataDir);
  const clusterDir = clusterFolder(dataDir);
  const account = chooseServerAccount(clusterDir);
  const binaries = findPostgresBinaries(dataDir, account);
  try {
    await stopSurvivors(clusterDir, account, logger);
    const { password } = prepareCluster(dataDir, binaries, account);
    const settings = options.settings ?? {};
    const postmaster = await Postmaster.start({ clusterDir, binaries, account, settings, logger, signal });
    void postmaster.ended.then(binaries.dispose);
    return embeddedPostgres(postmaster, password);
  } catch (error) {
    binaries.dispose();
    throw error;
  }
}

function embeddedPostgres(postmaster: Postmaster, password: string): EmbeddedPostgres {
  let isStopping = false;
  return {
    url: `postgres://${ROLE}:${password}@127.0.0.1:${postmaster.port}/${ROLE}`,
    stop: async () => {
      isStopping = true;
      await postmaster.stop();
    },
    kill: () => {
      isStopping = true;
      postmaster.kill();
    },
    exited: new Promise((resolve) => {
      void postmaster.ended.then((lastLines) => {
        if (!isStopping) {
          resolve(new Error(`the embedded PostgreSQL ended: ${lastLines}`));
        }
      });
    }),
  };
}
