import { readFile, rm, writeFile } from 'node:fs/promises';
import { DownloadBusyError } from './download.errors.js';

/** Makes this the one process that fetches a file; resolves with what lets go of it. A process that died holds nothing. */
export async function holdDownload(file: string): Promise<() => Promise<void>> {
  const release = (): Promise<void> => rm(file, { force: true });
  for (let isStale = false; ; isStale = true) {
    try {
      await writeFile(file, String(process.pid), { flag: 'wx' });
      return release;
    } catch (error) {
      if ((error as { readonly code?: unknown }).code !== 'EEXIST') throw error;
      if (isStale || (await isHeld(file))) throw new DownloadBusyError(file);
      await release();
    }
  }
}

async function isHeld(file: string): Promise<boolean> {
  const pid = Number(await readFile(file, 'utf8').catch(() => ''));
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process lives as well.
    return (error as { readonly code?: unknown }).code === 'EPERM';
  }
}
