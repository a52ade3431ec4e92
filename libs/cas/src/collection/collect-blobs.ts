import type { RunningJob } from '@imgsrv/jobs';
import type { Transaction } from '@imgsrv/platform';
import type { Digest } from '../digest.js';
import { discardObject } from '../discard/discard-object.js';
import { paced } from '../paced.js';
import {
  dropReferenced,
  examineBlobs,
  type ExaminedBlob,
  type LockedBlobs,
  nominate,
  type ReferenceTest,
  removeDue,
} from './candidate.repository.js';
import type { CollectBlobsPayload } from './collect-blobs.kind.js';
import { addBatch, type CollectedBlob, type CollectionReport } from './collection-report.js';
import { beginRun, type CollectionRun, endRun, hasRunWithin, keepRun } from './collection-run.repository.js';

export interface CollectionRules {
  readonly isReferenced: ReferenceTest;
  /** How long a blob stays after nothing refers to it was found. */
  readonly graceMs: number;
}

/** A transaction holds the locks of as many blobs as this. */
const BATCH = 200;
const LONGEST_INTERVAL_MS = 3_600_000;
/** Between a blob being due and its collection lies no more than this part of its grace. */
const INTERVALS_A_GRACE = 10;
/** Removals of collected objects are nobody's: they take turns with those that a principal waits for. */
const DISCARD_TURN = 'collection';

/**
 * One collection: looks at every blob once, in the order of digests, and writes with each batch how far it has come, so
 * that the next attempt goes on there. A blob that nothing refers to becomes a candidate; a candidate whose grace is over is
 * looked at again under lock, its row is deleted, and a job that removes its object is queued in the same transaction
 * (docs/adr/0020). Safe to run beside others of its kind.
 */
export class BlobCollection {
  constructor(
    private readonly rules: CollectionRules,
    /** Told of blobs that are gone for good, once a batch. */
    private readonly onRemoved: (blobs: readonly CollectedBlob[]) => void,
  ) {}

  /** Gives the report; undefined when the recurring job had nothing to do yet. */
  async run(job: RunningJob<CollectBlobsPayload>): Promise<CollectionReport | undefined> {
    const { isRequested, dryRun, digest } = job.payload;
    const begun = await job.fenced(async (tx) => {
      const isEarly = !isRequested && (await hasRunWithin(tx, this.intervalMs));
      return isEarly ? undefined : beginRun(tx, job.id, !dryRun && digest === undefined);
    });
    if (begun === undefined) {
      return undefined;
    }
    return digest === undefined ? this.collectAll(job, begun) : this.collectOne(job, begun, digest);
  }

  private get intervalMs(): number {
    return Math.min(LONGEST_INTERVAL_MS, this.rules.graceMs / INTERVALS_A_GRACE);
  }

  private async collectAll(
    job: RunningJob<CollectBlobsPayload>,
    begun: CollectionRun,
  ): Promise<CollectionReport> {
    let run = begun;
    let found: readonly ExaminedBlob[];
    do {
      const batch = await paced(job.signal, () => job.fenced((tx) => this.collectBatch(tx, job, run)));
      ({ run, found } = batch);
      if (!job.payload.dryRun && batch.removed.length > 0) {
        this.onRemoved(batch.removed);
      }
    } while (found.length > 0);
    await job.complete((tx) => endRun(tx, job.id));
    return run.report;
  }

  private async collectBatch(
    tx: Transaction,
    { id, payload }: RunningJob<CollectBlobsPayload>,
    before: CollectionRun,
  ): Promise<{
    readonly run: CollectionRun;
    readonly found: readonly ExaminedBlob[];
    readonly removed: readonly CollectedBlob[];
  }> {
    const found = await examineBlobs(tx, this.rules.isReferenced, before.afterDigest, BATCH);
    const { newcomers, referred, due } = sort(found);
    const removed = payload.dryRun ? due : await this.act(tx, { newcomers, referred, due });
    const run = {
      afterDigest: found.at(-1)?.digest ?? before.afterDigest,
      report: addBatch(before.report, {
        examinedBlobs: found.length,
        newCandidates: newcomers.length,
        droppedCandidates: referred.length,
        removed,
      }),
    };
    await keepRun(tx, id, run);
    return { run, found, removed };
  }

  private async act(tx: Transaction, { newcomers, referred, due }: SortedBlobs): Promise<CollectedBlob[]> {
    const { isReferenced, graceMs } = this.rules;
    await nominate(tx, newcomers.map(digestOf), graceMs);
    await dropReferenced(tx, isReferenced, referred.map(digestOf));
    return this.remove(tx, due.map(digestOf), 'skip');
  }

  /** A blob that somebody wants gone at once. */
  private async collectOne(
    job: RunningJob<CollectBlobsPayload>,
    begun: CollectionRun,
    digest: Digest,
  ): Promise<CollectionReport> {
    const { removed, report } = await job.complete(async (tx) => {
      const removed = await this.remove(tx, [digest], 'wait');
      const batch = { examinedBlobs: 1, newCandidates: 0, droppedCandidates: 0, removed };
      const report = addBatch(begun.report, batch);
      await keepRun(tx, job.id, { afterDigest: digest, report });
      await endRun(tx, job.id);
      return { removed, report };
    });
    this.onRemoved(removed);
    return report;
  }

  private async remove(
    tx: Transaction,
    digests: readonly Digest[],
    locked: LockedBlobs,
  ): Promise<CollectedBlob[]> {
    const removed = await removeDue(tx, this.rules.isReferenced, digests, locked);
    for (const blob of removed) {
      await discardObject(tx, blob, DISCARD_TURN);
    }
    return removed;
  }
}

interface SortedBlobs {
  /** Nothing refers to them, and no grace has begun. */
  readonly newcomers: readonly ExaminedBlob[];
  /** Candidates that something refers to again. */
  readonly referred: readonly ExaminedBlob[];
  readonly due: readonly ExaminedBlob[];
}

function sort(found: readonly ExaminedBlob[]): SortedBlobs {
  return {
    newcomers: found.filter((blob) => !blob.isReferenced && !blob.isCandidate),
    referred: found.filter((blob) => blob.isReferenced && blob.isCandidate),
    due: found.filter((blob) => !blob.isReferenced && blob.isDue),
  };
}

function digestOf({ digest }: CollectedBlob): Digest {
  return digest;
}
