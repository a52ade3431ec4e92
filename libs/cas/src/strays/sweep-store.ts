import type { RunningJob } from '@imgsrv/jobs';
import { isGenerationKey, KEY_PARTITIONS, parseRecordKey, partitionPrefixes } from '../object-keys.js';
import type { ObjectStore } from '../object-store/object-store.js';
import { readClock } from '../clock.repository.js';
import { paced } from '../paced.js';
import {
  findNextPartition,
  forgetStray,
  forgetUnseen,
  isStray,
  keepNextPartition,
  type ListedEntry,
  noteStrays,
} from './stray.repository.js';

/** What the sweep did with what it found. */
export interface SweepObserver {
  removed(kind: 'object' | 'multipart_upload'): void;
  /** Something among our keys that we cannot have put there; it is left alone. */
  foreign(): void;
}

/** What is listed between two looks at the database. */
const BATCH = 200;
const REST_MS = 6 * 3_600_000;
/** No request takes as long as this between making something in the store and recording it. */
const SHORTEST_AGE_MS = 3_600_000;

/**
 * Compares the store with the database, one part of the keys after the other, and writes down which is next, so that a
 * sweep that was cut off goes on there. What no row knows is noted when it is seen first, by the clock of the database,
 * and removed when a later sweep sees it again after its grace and still no row knows it: a key that nobody knew for so
 * long is never known again. Only keys that `newGenerationKey` makes are looked at, whatever else is in the store.
 */
export class StoreSweep {
  private readonly ageMs: number;

  constructor(
    private readonly store: ObjectStore,
    private readonly observer: SweepObserver,
    graceMs: number,
  ) {
    this.ageMs = Math.max(graceMs, SHORTEST_AGE_MS);
  }

  /** Does what is left of a sweep; nothing while the last one ended less than six hours ago. */
  async run(job: RunningJob<object>): Promise<void> {
    const first = await job.fenced((tx) => findNextPartition(tx, REST_MS));
    if (first === undefined) {
      return;
    }
    for (let partition = first; partition < KEY_PARTITIONS; partition += 1) {
      for (const prefix of partitionPrefixes(partition)) {
        await this.sweepPrefix(job, prefix);
      }
      await job.fenced((tx) => keepNextPartition(tx, (partition + 1) % KEY_PARTITIONS));
    }
  }

  private async sweepPrefix(job: RunningJob<object>, prefix: string): Promise<void> {
    const beganAt = await job.fenced(readClock);
    let batch: ListedEntry[] = [];
    for await (const entry of this.entries(prefix)) {
      batch.push(entry);
      if (batch.length === BATCH) {
        await this.sweepBatch(job, batch);
        batch = [];
      }
    }
    await this.sweepBatch(job, batch);
    await job.fenced((tx) => forgetUnseen(tx, prefix, beganAt));
  }

  private async *entries(prefix: string): AsyncGenerator<ListedEntry> {
    for await (const { key } of this.store.list(prefix)) {
      if (this.isOurs(key, prefix)) {
        yield { storageKey: key };
      }
    }
    for await (const { key, uploadId } of this.store.listMultipartUploads(prefix)) {
      if (this.isOurs(key, prefix)) {
        yield { storageKey: key, multipartUploadId: uploadId };
      }
    }
  }

  /** A store that lists something else than it was asked for is not believed. */
  private isOurs(key: string, prefix: string): boolean {
    const isOurs = (isGenerationKey(key) || parseRecordKey(key) !== undefined) && key.startsWith(prefix);
    if (!isOurs) {
      this.observer.foreign();
    }
    return isOurs;
  }

  private async sweepBatch(job: RunningJob<object>, batch: readonly ListedEntry[]): Promise<void> {
    await paced(job.signal, async () => {
      const due = await job.fenced((tx) => noteStrays(tx, batch, this.ageMs));
      for (const entry of due) {
        job.signal.throwIfAborted();
        await this.remove(job, entry);
      }
    });
  }

  private async remove(job: RunningJob<object>, entry: ListedEntry): Promise<void> {
    const { storageKey, multipartUploadId } = entry;
    if (!(await job.fenced((tx) => isStray(tx, entry)))) {
      return;
    }
    if (multipartUploadId === undefined) {
      await this.store.delete(storageKey);
    } else {
      await this.store.abortMultipartUpload(storageKey, multipartUploadId);
    }
    await job.fenced((tx) => forgetStray(tx, entry));
    this.observer.removed(multipartUploadId === undefined ? 'object' : 'multipart_upload');
  }
}
