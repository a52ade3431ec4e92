import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemErrorCode } from '../cannot-start.error.js';

/** What a running PostgreSQL writes into `postmaster.pid` of its cluster. */
export interface PostmasterFile {
  readonly pid: number;
  /** True once it accepts connections. */
  readonly isReady: boolean;
}

/** Lines of `postmaster.pid`: https://www.postgresql.org/docs/18/storage-file-layout.html and `utils/pidfile.h`. */
const STATUS_LINE = 7;

/** Reads `postmaster.pid`; undefined when there is none, or when it is still being written. */
export function readPostmasterFile(clusterDir: string): PostmasterFile | undefined {
  let lines: string[];
  try {
    lines = readFileSync(postmasterFile(clusterDir), 'utf8').split('\n');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
  const pid = Number(lines[0]);
  return Number.isInteger(pid) && pid > 0
    ? { pid, isReady: lines[STATUS_LINE]?.trim() === 'ready' }
    : undefined;
}

export function postmasterFile(clusterDir: string): string {
  return join(clusterDir, 'postmaster.pid');
}
