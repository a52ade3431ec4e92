import { setTimeout as pause } from 'node:timers/promises';
import { AuditTrail } from '@imgsrv/audit';
import { ensureBootstrapToken } from '@imgsrv/auth';
import { type Database, DependencyUnavailableError, type Logger } from '@imgsrv/platform';

const RETRY_MS = 1000;

export interface BootstrapDependencies {
  readonly database: Database;
  readonly logger: Logger;
  readonly tokenFile?: string;
  /** Ends the waiting when the process stops. */
  readonly signal: AbortSignal;
}

/**
 * Sees to a bootstrap token once the database is there, however late that is. Never rejects: a token that cannot be
 * delivered is logged, and the service goes on.
 */
export async function bootstrapWhenReady(dependencies: BootstrapDependencies): Promise<void> {
  const { database, logger, tokenFile, signal } = dependencies;
  if (!database.isConfigured) {
    return;
  }
  try {
    await database.start();
    while (!signal.aborted && !(await tryBootstrap(dependencies))) {
      await pause(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  } catch (error) {
    logger.error(
      { err: error, token_file: tokenFile },
      'could not issue the bootstrap token; restart to try again',
    );
  }
}

/** Answers false when the database went away and it is worth another try. */
async function tryBootstrap({ database, logger, tokenFile }: BootstrapDependencies): Promise<boolean> {
  try {
    const delivery = {
      ...(tokenFile === undefined ? {} : { tokenFile }),
      writeLine: (line: string) => process.stdout.write(`${line}\n`),
    };
    const outcome = await ensureBootstrapToken(database, delivery, new AuditTrail(() => ({})));
    if (outcome === 'issued') {
      const where = tokenFile === undefined ? 'standard output' : tokenFile;
      logger.info(`no usable auth-manager existed: issued a bootstrap token for 24 hours, see ${where}`);
    }
    return true;
  } catch (error) {
    if (error instanceof DependencyUnavailableError) {
      return false;
    }
    throw error;
  }
}
