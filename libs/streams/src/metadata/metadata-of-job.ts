import type { Readable } from 'node:stream';
import type { Digest } from '@imgsrv/cas';
import type { ImageMetadata } from './image-metadata.js';
import { type MetadataContainer, readImageMetadata } from './read-image-metadata.js';
import { ReadingBudget } from './reading-budget.js';

/** One archive of a job. */
export interface MetadataArchive {
  readonly digest: Digest;
  readonly container: MetadataContainer;
}

/**
 * Reads the metadata of all archives of one job: within one budget, and equal bytes once, whatever came of it. For one
 * job and one attempt only, since a reading that failed stays failed.
 */
export class MetadataOfJob {
  private readonly readings = new Map<string, Promise<ImageMetadata>>();

  constructor(
    private readonly job: {
      readonly readBlob: (digest: Digest, options: { signal: AbortSignal }) => Readable | Promise<Readable>;
      readonly signal: AbortSignal;
    },
    private readonly budget = new ReadingBudget(),
  ) {}

  /** Rejects as `readImageMetadata` does, and with the error of opening the blob. */
  read(archive: MetadataArchive): Promise<ImageMetadata> {
    const key = `${archive.container} ${archive.digest}`;
    const reading = this.readings.get(key) ?? this.readOnce(archive);
    this.readings.set(key, reading);
    return reading;
  }

  private async readOnce({ digest, container }: MetadataArchive): Promise<ImageMetadata> {
    const { readBlob, signal } = this.job;
    const body = await readBlob(digest, { signal });
    return readImageMetadata(body, container, { signal, budget: this.budget });
  }
}
