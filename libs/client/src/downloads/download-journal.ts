import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';

interface Progress {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly chunkBytes: number;
}

/** Which chunks of a download have arrived, in a small file that each one replaces as a whole. */
export class DownloadJournal {
  private readonly done = new Set<number>();
  private writes: Promise<void> = Promise.resolve();

  constructor(
    private readonly file: string,
    private readonly progress: Progress,
  ) {}

  /** Takes up what an earlier run of the same download has noted; false when there is nothing of it. */
  async resume(): Promise<boolean> {
    const { digest, sizeBytes, chunkBytes } = this.progress;
    try {
      const noted = JSON.parse(await readFile(this.file, 'utf8')) as Partial<Progress> & { done?: unknown };
      if (noted.digest !== digest || noted.sizeBytes !== sizeBytes || noted.chunkBytes !== chunkBytes)
        return false;
      for (const index of Array.isArray(noted.done) ? noted.done : []) {
        if (Number.isSafeInteger(index)) this.done.add(index as number);
      }
      return true;
    } catch {
      return false;
    }
  }

  has(index: number): boolean {
    return this.done.has(index);
  }

  /** Resolves when it is noted; call it once the bytes are written. */
  async note(index: number): Promise<void> {
    this.done.add(index);
    this.writes = this.writes.then(() => this.write());
    await this.writes;
  }

  async remove(): Promise<void> {
    this.done.clear();
    await rm(this.file, { force: true });
  }

  private async write(): Promise<void> {
    const written = `${this.file}.${randomUUID()}`;
    try {
      await writeFile(written, JSON.stringify({ ...this.progress, done: [...this.done] }));
      await rename(written, this.file);
    } catch (error) {
      await rm(written, { force: true });
      throw error;
    }
  }
}
