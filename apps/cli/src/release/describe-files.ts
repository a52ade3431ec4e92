import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { digestFile } from '@imgsrv/client';
import { usageError } from '../cli.errors.js';
import type { Progress } from '../output/progress.js';
import { bytesText } from '../output/units.js';

/** A file as the server is told of it. */
export interface DescribedFile {
  readonly file: string;
  readonly digest: string;
  readonly sizeBytes: number;
}

/** Below this it is read faster than remembered. */
const REMEMBERED_FROM_BYTES = 64 * 1024 * 1024;

/**
 * Digests and sizes of files. Those of large ones are remembered in `folder` until `forgetDigests`, so that a run that goes
 * on with another one does not read them again; a file that was touched since is read.
 */
export async function describeFiles(
  files: readonly string[],
  folder: string,
  { progress, signal }: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<Map<string, DescribedFile>> {
  const described = new Map<string, DescribedFile>();
  for (const file of files) described.set(file, await describeFile(file, folder, progress, signal));
  return described;
}

export async function forgetDigests(files: readonly string[], folder: string): Promise<void> {
  for (const file of files) await rm(memoryOf(file, folder), { force: true });
}

async function describeFile(
  file: string,
  folder: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<DescribedFile> {
  const info = await stat(file, { bigint: true });
  if (!info.isFile()) throw usageError(`${file} is no regular file.`);
  const sizeBytes = Number(info.size);
  // Whoever changes a file cannot keep its ctime.
  const stamp = [info.dev, info.ino, info.size, info.mtimeNs, info.ctimeNs].join(' ');
  const isLarge = sizeBytes >= REMEMBERED_FROM_BYTES;
  const remembered = isLarge ? await recall(file, folder, stamp) : undefined;
  if (remembered !== undefined) return { file, digest: remembered, sizeBytes };
  const task = isLarge ? progress.start(file, 'reading', sizeBytes) : undefined;
  const digest = await digestFile(file, { signal, onRead: (bytes) => task?.update(bytes) });
  task?.finish(`${bytesText(sizeBytes)} read`);
  if (isLarge) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(memoryOf(file, folder), JSON.stringify({ stamp, digest }), { mode: 0o600 });
  }
  return { file, digest, sizeBytes };
}

async function recall(file: string, folder: string, stamp: string): Promise<string | undefined> {
  try {
    const noted = JSON.parse(await readFile(memoryOf(file, folder), 'utf8')) as {
      stamp?: unknown;
      digest?: unknown;
    };
    return noted.stamp === stamp && typeof noted.digest === 'string' ? noted.digest : undefined;
  } catch {
    return undefined;
  }
}

function memoryOf(file: string, folder: string): string {
  return join(folder, `digest-${createHash('sha256').update(resolve(file)).digest('hex').slice(0, 32)}.json`);
}
