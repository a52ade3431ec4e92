import { describeCauses } from '../errors/describe-causes.js';
import type { Logger } from '../logging/logger.js';
import { watchFiles } from './watch-files.js';

export interface FollowedFiles<T> {
  readonly files: readonly string[];
  /** What they hold, for the log: "the certificate". */
  readonly what: string;
  /** Throws when they hold nothing that could be used. */
  readonly read: () => T;
  readonly logger: Logger;
}

/**
 * Hands over again what files hold whenever one of them changes, and on SIGHUP. When `read` or `use` fails, half of a
 * renewal for instance, that is logged and changes nothing. Returns what ends the watch.
 */
export function followFiles<T>(
  { files, what, read, logger }: FollowedFiles<T>,
  use: (value: T) => void | Promise<void>,
): () => void {
  const readAgain = async (): Promise<void> => {
    try {
      await use(read());
      logger.info(`read ${what} again`);
    } catch (error) {
      const reason = describeCauses(error);
      logger.error({ reason }, `the files of ${what} cannot be used; what was read before is used on`);
    }
  };
  // One at a time, so that what was read last is used last. Files that change together are often read together.
  let isWaiting = false;
  let reading = Promise.resolve();
  return watchFiles(files, () => {
    if (isWaiting) return;
    isWaiting = true;
    reading = reading.then(() => {
      isWaiting = false;
      return readAgain();
    });
  });
}
