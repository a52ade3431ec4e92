import { readFileSync } from 'node:fs';
import type { Config } from '../config/config.js';
import type { Logger } from '../logging/logger.js';

/** Files of the process itself, its listeners, and its connections to Postgres, issuers and collectors. */
const OWN_DESCRIPTORS = 100;
/** The client and what is read from. */
const DESCRIPTORS_OF_A_DOWNLOAD = 2;
/** What is read from, and a connection that looks ahead or writes. */
const DESCRIPTORS_OF_A_JOB = 2;
const CLASSES_OF_JOBS = 3;

/**
 * How many file descriptors the process may have. Undefined where the system does not say (it has no /proc) and where there
 * is no limit. Node has raised the soft limit to the hard one before anything of ours runs.
 */
export function descriptorLimit(): number | undefined {
  try {
    return parseLimit(readFileSync('/proc/self/limits', 'utf8'));
  } catch {
    return undefined;
  }
}

/** The soft limit, out of what /proc has. Undefined when there is none. */
export function parseLimit(limits: string): number | undefined {
  const soft = /^Max open files +(\d+) /m.exec(limits)?.[1];
  return soft === undefined ? undefined : Number(soft);
}

/** How many file descriptors the process takes when it is as busy as its settings let it become. */
export function descriptorsNeeded({
  processName,
  shares,
  worker,
}: Pick<Config, 'processName' | 'shares' | 'worker'>): number {
  const work =
    processName === 'worker'
      ? DESCRIPTORS_OF_A_JOB * CLASSES_OF_JOBS * worker.concurrency
      : DESCRIPTORS_OF_A_DOWNLOAD * shares.downloads + shares.connectionsPerSource;
  return OWN_DESCRIPTORS + work;
}

/** Says with which limit the settings can be used, when the one there is does not suffice. */
export function warnOfFewDescriptors(config: Config, logger: Logger, limit = descriptorLimit()): void {
  const needed = descriptorsNeeded(config);
  if (limit !== undefined && limit < needed && !config.migrateOnly) {
    logger.warn(
      { limit, needed },
      `the process may open ${limit} files and connections, its settings need ${needed}: raise the limit ` +
        `(ulimit -n, LimitNOFILE=)${config.processName === 'worker' ? '' : ' or lower --max-downloads'}`,
    );
  }
}
