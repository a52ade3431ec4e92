import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

export const FOLDER_MODE = 0o700;
export const FILE_MODE = 0o600;

/** Makes names created, renamed or removed in the folder survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes `root` itself with what is missing above it. */
export async function makeRoot(root: string): Promise<void> {
  const first = await makeMissing(root);
  if (first === undefined) return;
  for (let folder = root; folder.length >= first.length; folder = dirname(folder)) {
    await syncFolder(dirname(folder));
  }
}

/**
 * Makes a folder and those above it that are missing, and gives the topmost that it made. Node's own `recursive` never
 * ends where a folder cannot be made although the one above is there, as in /proc.
 */
async function makeMissing(folder: string): Promise<string | undefined> {
  try {
    await mkdir(folder, { mode: FOLDER_MODE });
    return folder;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return undefined;
    if (errorCode(error) !== 'ENOENT') throw error;
    const first = await makeMissing(dirname(folder));
    await mkdir(folder, { mode: FOLDER_MODE }).catch(ignoring('EEXIST'));
    return first ?? folder;
  }
}

/** Writes a whole small file: after a crash at any instant there is the old content, the new one, or none. */
export async function replaceFile(path: string, temporary: string, content: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(temporary, 'wx', FILE_MODE);
    await handle.writeFile(content);
    await handle.sync();
    await handle.close();
    await rename(temporary, path);
  } catch (error) {
    await handle?.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** For `.catch`: takes the named system errors for success. */
export function ignoring(...codes: string[]): (error: unknown) => undefined {
  return (error) => {
    if (!codes.includes(errorCode(error) ?? '')) throw error;
    return undefined;
  };
}

export function errorCode(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}
