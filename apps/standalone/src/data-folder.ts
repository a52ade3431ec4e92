import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { CannotStartError, systemErrorCode } from './cannot-start.error.js';
import { makeFolders } from './make-folders.js';

/**
 * Makes the data folder unless it is there, closed to other users, and returns its path without links.
 * Throws CannotStartError when it cannot be used.
 */
export function makeDataFolder(dataDir: string): string {
  try {
    // Root's PostgreSQL runs as another user, who has to pass through.
    makeFolders(dataDir, process.getuid?.() === 0 ? 0o711 : 0o700);
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
    return realpathSync(dataDir);
  } catch (error) {
    throw new CannotStartError(`The data folder cannot be used: ${reasonOf(error, dataDir)}.`);
  }
}

/** Says whose the folder is when that is why it cannot be used. */
export function reasonOf(error: unknown, folder: string): string {
  const owner = ownerOf(folder);
  if (systemErrorCode(error) === 'EACCES' && owner !== undefined && owner !== process.getuid?.()) {
    return (
      `${folder} belongs to user id ${owner}, not to yours (${process.getuid?.() ?? 'unknown'}); start as that user ` +
      '(with sudo for 0), or choose another --data-dir'
    );
  }
  return `${error instanceof Error ? error.message : String(error)}; choose another with --data-dir`;
}

function ownerOf(folder: string): number | undefined {
  try {
    return statSync(folder).uid;
  } catch {
    return undefined;
  }
}
