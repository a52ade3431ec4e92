import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';

/**
 * How a bootstrap token reaches the operator, in two steps around the commit: `prepare` does all that may fail while
 * the token can still be undone, `complete` makes it visible once the token works.
 */
export interface TokenDelivery {
  prepare(plaintext: string): Promise<void>;
  complete(): Promise<void>;
  /** Removes what an unfinished delivery left; safe to repeat and after `complete`. */
  cleanUp(): Promise<void>;
}

/** The line that the bootstrap token is found by, without its line break. */
export function lineDelivery(writeLine: (line: string) => void): TokenDelivery {
  let line = '';
  return {
    prepare: (plaintext) => {
      line = `imgsrv bootstrap token: ${plaintext}`;
      return Promise.resolve();
    },
    complete: async () => {
      await Promise.resolve();
      writeLine(line);
    },
    cleanUp: () => Promise.resolve(),
  };
}

/** A file of mode 0600 that holds the token and a line break. It appears, or replaces the old one, in one step. */
export function fileDelivery(path: string): TokenDelivery {
  const unfinished = `${path}.${randomUUID()}.tmp`;
  return {
    prepare: async (plaintext) => {
      const file = await open(unfinished, 'wx', 0o600);
      try {
        await file.writeFile(`${plaintext}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
    },
    complete: () => rename(unfinished, path),
    cleanUp: () => rm(unfinished, { force: true }),
  };
}
