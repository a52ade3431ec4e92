import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  linkSync,
  openSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { type Server, connect, createServer } from 'node:net';
import { join } from 'node:path';
import type { Logger } from '@imgsrv/platform';
import { CannotStartError, systemErrorCode } from './cannot-start.error.js';
import { reasonOf } from './data-folder.js';
import { makeFolders } from './make-folders.js';

/** The kernel's limit for the path of a socket, less a margin. */
const MAX_SOCKET_PATH_BYTES = 100;
const PID_TIMEOUT_MS = 1000;

export interface DataFolderLock {
  release(): void;
}

/**
 * Takes the data folder for this process. The lock is a listening socket, so the kernel frees it however the process ends,
 * and it holds between containers, too. Sockets are numbered: a start that finds the last one dead links the next number,
 * which only one can. The last one stays when it is dead, so that a number is never given twice.
 * Rejects with CannotStartError while another process has the folder.
 */
export async function lockDataFolder(dataDir: string, logger: Logger): Promise<DataFolderLock> {
  const folder = makeLockFolder(dataDir);
  for (;;) {
    const last = Math.max(0, ...generations(folder));
    const holder = last === 0 ? undefined : await findHolder(folder, String(last));
    if (holder !== undefined) {
      throw new CannotStartError(
        `The data folder ${dataDir} is in use by another imgsrv (process id ${holder}); stop that one first, or choose ` +
          'another --data-dir.',
      );
    }
    const lock = await tryLock(folder, last + 1, logger);
    if (lock !== undefined) {
      return lock;
    }
  }
}

function makeLockFolder(dataDir: string): string {
  const folder = join(dataDir, 'lock');
  try {
    makeFolders(folder, 0o700);
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return folder;
  } catch (error) {
    throw new CannotStartError(`The data folder cannot be locked: ${reasonOf(error, folder)}.`);
  }
}

/** Undefined when another process was faster. */
async function tryLock(
  folder: string,
  generation: number,
  logger: Logger,
): Promise<DataFolderLock | undefined> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.end(`${process.pid}\n`);
  });
  server.unref();
  const release = (): void => {
    server.close();
  };
  const unlinked = `${randomUUID()}.new`;
  try {
    await listen(server, folder, unlinked);
    chmodSync(join(folder, unlinked), 0o666);
    linkSync(join(folder, unlinked), join(folder, String(generation)));
  } catch (error) {
    release();
    if (systemErrorCode(error) === 'EEXIST') {
      return undefined;
    }
    logger.warn({ err: error }, 'the data folder cannot be locked; make sure that no other imgsrv uses it');
    return { release };
  } finally {
    rmSync(join(folder, unlinked), { force: true });
  }
  if (Math.max(...generations(folder)) > generation) {
    // Between our look and our link others came and went, and the number was free again.
    rmSync(join(folder, String(generation)), { force: true });
    release();
    return undefined;
  }
  generations(folder)
    .filter((earlier) => earlier < generation)
    .forEach((earlier) => {
      rmSync(join(folder, String(earlier)), { force: true });
    });
  return { release };
}

function generations(folder: string): number[] {
  return (
    readdirSync(folder)
      // A longer number is none of ours, and could not be counted on from.
      .filter((name) => /^\d{1,15}$/.test(name))
      .map(Number)
  );
}

async function listen(server: Server, folder: string, name: string): Promise<void> {
  await withSocketPath(folder, name, async (path) => {
    server.listen(path);
    await once(server, 'listening');
  });
}

/** The process id that a living socket tells, or undefined for a dead one. */
async function findHolder(folder: string, name: string): Promise<string | undefined> {
  return withSocketPath(folder, name, async (path) => {
    const socket = connect(path);
    socket.setTimeout(PID_TIMEOUT_MS, () => socket.destroy());
    try {
      await once(socket, 'connect');
    } catch (error) {
      if (['ECONNREFUSED', 'ENOENT'].includes(systemErrorCode(error) ?? '')) {
        return undefined;
      }
      throw new CannotStartError(`The lock ${join(folder, name)} cannot be looked at: ${String(error)}`);
    }
    let pid = '';
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => (pid += chunk.toString()));
    await once(socket, 'close');
    return pid.trim() === '' ? 'unknown' : pid.trim();
  });
}

/** Gives a socket in a deep folder a short path, where the system has one. */
async function withSocketPath<T>(
  folder: string,
  name: string,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const path = join(folder, name);
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES || process.platform !== 'linux') {
    return use(path);
  }
  const descriptor = openSync(folder, 'r');
  try {
    return await use(`/proc/self/fd/${descriptor}/${name}`);
  } finally {
    closeSync(descriptor);
  }
}
