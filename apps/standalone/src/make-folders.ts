import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemErrorCode } from './cannot-start.error.js';

/**
 * Makes a folder and those above it that are missing, and tells whether it made it. Throws the system's error.
 *
 * Node's own `recursive` never ends where a folder cannot be made although the one above is there, as in /proc, and
 * hears of no signal meanwhile.
 */
export function makeFolders(folder: string, mode?: number): boolean {
  try {
    mkdirSync(folder, mode);
    return true;
  } catch (error) {
    switch (systemErrorCode(error)) {
      case 'ENOENT':
        makeFolders(dirname(folder), mode);
        mkdirSync(folder, mode);
        return true;
      case 'EEXIST':
        if (statSync(folder).isDirectory()) {
          return false;
        }
        throw error;
      default:
        throw error;
    }
  }
}
