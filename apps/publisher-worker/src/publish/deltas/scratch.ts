import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

/** What a worker keeps on its disk for a moment cannot be kept: the folder is not there or not writable, or the disk is full. */
export class ScratchError extends Error {
  override readonly name = 'ScratchError';
}

/** Throws the error as a ScratchError. */
export function toScratchError(error: unknown): never {
  throw new ScratchError(error instanceof Error ? error.message : String(error), { cause: error });
}

/**
 * A new file without a name, so that nothing of it is left when this process ends, in whichever way. To be closed by the caller.
 * Throws ScratchError.
 */
export async function openScratchFile(folder: string): Promise<FileHandle> {
  const path = join(folder, `imgsrv-${randomUUID()}`);
  const file = await open(path, 'wx+', 0o600).catch(toScratchError);
  try {
    await unlink(path);
  } catch (error) {
    await file.close();
    toScratchError(error);
  }
  return file;
}

/** Writes all of `source` to the end of a file. Throws ScratchError, or what the source fails with. */
export async function fillScratchFile(
  file: FileHandle,
  source: Readable,
  onRead: (sizeBytes: number) => void,
): Promise<void> {
  for await (const chunk of source as AsyncIterable<Buffer>) {
    await file.appendFile(chunk).catch(toScratchError);
    onRead(chunk.length);
  }
}
