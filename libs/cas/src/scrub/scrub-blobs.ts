import type { RunningJob } from '@imgsrv/jobs';
import { DependencyUnavailableError } from '@imgsrv/platform';
import type { Blob, DamageKind } from '../blobs/blob.js';
import { findBlob } from '../blobs/blob.repository.js';
import { readClock } from '../clock.repository.js';
import type { ObjectStore } from '../object-store/object-store.js';
import { resting } from '../paced.js';
import { type Judgement, judgeObject } from './judge-object.js';
import type { ScrubBlobsPayload } from './scrub-blobs.kind.js';
import {
  findDoubtful,
  findOthers,
  readMsPerByte,
  recordAttempt,
  recordJudgement,
  takeTurns,
} from './scrub.repository.js';

/** What a scrub found of one blob. */
export interface ScrubObserver {
  /** The bytes are right; `blob.damage` says whether they were not before. */
  sound(blob: Blob): void;
  /** The bytes are damaged; `blob.damage` says whether that was known before. */
  damaged(blob: Blob, damage: DamageKind): void;
  /** The store could not give the bytes, which says nothing of them. */
  unreadable(blob: Blob, error: Error): void;
  /** The same object was read twice and was not the same. */
  readsDiffered(blob: Blob): void;
}

/** Everything is read once in this part of the period, so that a worker may be away for the rest. */
const SHARE_OF_PERIOD = 0.8;
const BATCH = 20;
/** After that the next job goes on, and others have their turn. */
const LONGEST_RUN_MS = 600_000;
/** Between two readings of a blob that is damaged or could not be read. */
const DOUBTFUL_REST_MS = 3_600_000;
const MOST_DOUBTFUL = 100;
/** Blobs that are looked for before it counts that one is gone. */
const OTHERS = 3;

/**
 * Reads stored blobs again, those first that were not read for longest, so that each is read within the period: no faster
 * than that takes for all that is stored, and resting as long as reading takes. It writes down what it found of each
 * blob, so that the next attempt goes on there. A damaged blob is out of use until its bytes are right again, by an upload or
 * because an object was restored: damaged ones are read again every hour. A store that is away makes nothing damaged.
 */
export class BlobScrub {
  constructor(
    private readonly store: ObjectStore,
    private readonly observer: ScrubObserver,
    private readonly periodMs: number,
  ) {}

  async run(job: RunningJob<ScrubBlobsPayload>): Promise<void> {
    const { digest } = job.payload;
    if (digest !== undefined) {
      const blob = await job.fenced((tx) => findBlob(tx, digest));
      await this.scrubAll(job, blob === undefined ? [] : [blob]);
      return;
    }
    const before = await job.fenced(readClock);
    const doubtful = await job.fenced((tx) => findDoubtful(tx, DOUBTFUL_REST_MS, MOST_DOUBTFUL));
    await this.scrubAll(job, doubtful);
    await this.scrubInTurn(job, before);
  }

  private async scrubInTurn(job: RunningJob<ScrubBlobsPayload>, before: string): Promise<void> {
    const startedAtMs = performance.now();
    const msPerByte = await job.fenced((tx) => readMsPerByte(tx, this.periodMs * SHARE_OF_PERIOD));
    let blobs: readonly Blob[];
    do {
      blobs = await job.fenced((tx) => takeTurns(tx, { msPerByte, before, limit: BATCH }));
      await this.scrubAll(job, blobs);
    } while (blobs.length > 0 && performance.now() - startedAtMs < LONGEST_RUN_MS);
  }

  private async scrubAll(job: RunningJob<ScrubBlobsPayload>, blobs: readonly Blob[]): Promise<void> {
    const rest = resting(job.signal);
    for (const blob of blobs) {
      job.signal.throwIfAborted();
      await this.scrub(job, blob, rest);
      await rest();
    }
  }

  private async scrub(
    job: RunningJob<ScrubBlobsPayload>,
    blob: Blob,
    rest: () => Promise<void>,
  ): Promise<void> {
    const judgement = await this.judge(job, blob, rest);
    if (judgement === undefined) {
      await job.fenced((tx) => recordAttempt(tx, blob));
      return;
    }
    const { damage, readsDiffered } = judgement;
    if (!(await job.fenced((tx) => recordJudgement(tx, blob, damage)))) {
      return;
    }
    if (readsDiffered) {
      this.observer.readsDiffered(blob);
    }
    if (damage === undefined) {
      this.observer.sound(blob);
    } else {
      this.observer.damaged(blob, damage);
    }
  }

  /** Undefined when the bytes of this blob cannot be read, although the store is there. */
  private async judge(
    job: RunningJob<ScrubBlobsPayload>,
    blob: Blob,
    rest: () => Promise<void>,
  ): Promise<Judgement | undefined> {
    // What looks wrong is read twice.
    job.expectBytes(2 * blob.sizeBytes);
    try {
      return await judgeObject(blob, {
        store: this.store,
        signal: job.signal,
        onProgress: () => {
          job.progressed();
          return rest();
        },
        findOthers: () => job.fenced((tx) => findOthers(tx, blob, OTHERS)),
      });
    } catch (error) {
      job.signal.throwIfAborted();
      if (!(error instanceof DependencyUnavailableError && error.dependency === 'object-store')) {
        throw error;
      }
      await this.store.check();
      this.observer.unreadable(blob, error);
      return undefined;
    }
  }
}
