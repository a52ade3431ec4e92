import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm, stat, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { digestFile } from '../files/digest-file.js';
import type { ImgsrvClient } from '../imgsrv-client.js';
import { inParallel } from '../in-parallel.js';
import { chunkBytesFor, planChunks } from './chunk-plan.js';
import { DigestMismatchError, DiskFullError, FileExistsError } from './download.errors.js';
import { DownloadJournal } from './download-journal.js';
import { holdDownload } from './hold-download.js';
import { fetchChunk, RangesIgnoredError } from './fetch-chunk.js';

export interface DownloadSource {
  /** Below the base URL. */
  readonly path: string;
  readonly digest: string;
  readonly sizeBytes: number;
}

export interface DownloadOptions {
  /** How many ranges at the same time. Default 4. */
  readonly parallel?: number;
  /** Replace a file of that name that has other content. */
  readonly overwrite?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: {
    readonly phase: 'receiving' | 'verifying';
    readonly doneBytes: number;
  }) => void;
}

export interface DownloadReport {
  /** What an earlier run had fetched; the whole file when it was there already. */
  readonly resumedBytes: number;
  readonly receivedBytes: number;
}

const DEFAULT_PARALLEL = 4;

/**
 * Fetches a file, which appears under its name only as a whole and with the right digest. What was fetched before an
 * interruption is kept beside it, in `.NAME.partial`, and the next call goes on from there.
 */
export async function downloadFile(
  client: ImgsrvClient,
  source: DownloadSource,
  target: string,
  options: DownloadOptions = {},
): Promise<DownloadReport> {
  if (await isThere(source, target, options)) return { resumedBytes: source.sizeBytes, receivedBytes: 0 };
  const download = new Download(client, source, target, options);
  const release = await holdDownload(`${download.partial}.lock`);
  try {
    return await runTwice(download, source);
  } finally {
    await release();
  }
}

async function runTwice(download: Download, source: DownloadSource): Promise<DownloadReport> {
  try {
    return await download.run(chunkBytesFor(source.sizeBytes), true);
  } catch (error) {
    if (error instanceof RangesIgnoredError) return await download.run(Math.max(1, source.sizeBytes), false);
    // What an earlier run left behind may have been damaged since.
    if (error instanceof DigestMismatchError)
      return await download.run(chunkBytesFor(source.sizeBytes), false);
    throw error;
  }
}

class Download {
  readonly partial: string;

  constructor(
    private readonly client: ImgsrvClient,
    private readonly source: DownloadSource,
    private readonly target: string,
    private readonly options: DownloadOptions,
  ) {
    this.partial = join(dirname(target), `.${basename(target)}.partial`);
  }

  async run(chunkBytes: number, mayResume: boolean): Promise<DownloadReport> {
    const { digest, sizeBytes } = this.source;
    const journal = new DownloadJournal(`${this.partial}.json`, { digest, sizeBytes, chunkBytes });
    const isResumed = mayResume && (await journal.resume()) && (await sizeOf(this.partial)) !== undefined;
    if (!isResumed) await journal.remove();
    const file = await open(this.partial, constants.O_RDWR | constants.O_CREAT, 0o644);
    let report: DownloadReport;
    try {
      if (!isResumed) await file.truncate(0);
      await file.truncate(sizeBytes);
      report = await this.receive(file, chunkBytes, journal);
      await file.sync();
    } catch (error) {
      throw await this.explain(error);
    } finally {
      await file.close();
    }
    await this.verify(journal);
    await rename(this.partial, this.target);
    await journal.remove();
    return report;
  }

  private async receive(
    file: FileHandle,
    chunkBytes: number,
    journal: DownloadJournal,
  ): Promise<DownloadReport> {
    const { path, digest, sizeBytes } = this.source;
    const missing = planChunks(sizeBytes, chunkBytes).filter(({ index }) => !journal.has(index));
    const missingBytes = missing.reduce((sum, { start, end }) => sum + end - start, 0);
    await this.requireRoom(missingBytes);
    let doneBytes = sizeBytes - missingBytes;
    const onBytes = (count: number): void => {
      doneBytes += count;
      this.options.onProgress?.({ phase: 'receiving', doneBytes });
    };
    await inParallel(
      missing,
      this.options.parallel ?? DEFAULT_PARALLEL,
      this.options.signal,
      async (chunk, signal) => {
        await fetchChunk(this.client, file, chunk, { path, digest, sizeBytes, signal, onBytes });
        await journal.note(chunk.index);
      },
    );
    return { resumedBytes: sizeBytes - missingBytes, receivedBytes: missingBytes };
  }

  private async verify(journal: DownloadJournal): Promise<void> {
    const actual = await digestFile(this.partial, {
      signal: this.options.signal,
      onRead: (doneBytes) => this.options.onProgress?.({ phase: 'verifying', doneBytes }),
    });
    if (actual === this.source.digest) return;
    await journal.remove();
    await rm(this.partial, { force: true });
    throw new DigestMismatchError(this.source.digest, actual);
  }

  private async requireRoom(neededBytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(dirname(this.target));
    if (bavail * bsize < neededBytes) throw new DiskFullError(this.target, neededBytes - bavail * bsize);
  }

  private async explain(error: unknown): Promise<unknown> {
    const { code } = (error ?? {}) as { readonly code?: unknown };
    if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
    const { blocks } = await stat(this.partial);
    return new DiskFullError(this.target, Math.max(0, this.source.sizeBytes - blocks * 512));
  }
}

async function isThere(source: DownloadSource, target: string, options: DownloadOptions): Promise<boolean> {
  const size = await sizeOf(target);
  if (size === undefined) return false;
  const digest = size === source.sizeBytes ? await digestFile(target, { signal: options.signal }) : undefined;
  if (digest === source.digest) return true;
  if (options.overwrite === true) return false;
  throw new FileExistsError(target);
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === 'ENOENT') return undefined;
    throw error;
  }
}
