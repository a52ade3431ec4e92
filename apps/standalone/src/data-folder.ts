import { accessSync, constants, mkdirSync, realpathSync } from 'node:fs';
import { CannotStartError } from './cannot-start.error.js';

/**
 * Makes the data folder unless it is there, closed to other users, and returns its path without links.
 * Throws CannotStartError when it cannot be used.
 */
export function makeDataFolder(dataDir: string): string {
  try {
    // Root's PostgreSQL runs as another user, who has to pass through.
    mkdirSync(dataDir, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
    return realpathSync(dataDir);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CannotStartError(`The data folder cannot be used (${reason}); choose another with --data-dir.`);
  }
}
