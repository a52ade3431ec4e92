import type { Digest } from '../digest.js';

/** What a collection has done so far, or what one would do. */
export interface CollectionReport {
  readonly examinedBlobs: number;
  /** Nothing refers to them, which was not known before: their grace begins. */
  readonly newCandidates: number;
  /** Something refers to them again. */
  readonly droppedCandidates: number;
  readonly removedBlobs: number;
  readonly removedBytes: number;
  /** The first of the removed blobs. */
  readonly removedDigests: readonly Digest[];
}

export const EMPTY_REPORT: CollectionReport = {
  examinedBlobs: 0,
  newCandidates: 0,
  droppedCandidates: 0,
  removedBlobs: 0,
  removedBytes: 0,
  removedDigests: [],
};

/** How many digests a report has at most. */
const MOST_REPORTED_DIGESTS = 100;

export interface CollectedBlob {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/** What one batch adds to a report. */
interface CollectedBatch {
  readonly examinedBlobs: number;
  readonly newCandidates: number;
  readonly droppedCandidates: number;
  readonly removed: readonly CollectedBlob[];
}

export function addBatch(report: CollectionReport, batch: CollectedBatch): CollectionReport {
  return {
    examinedBlobs: report.examinedBlobs + batch.examinedBlobs,
    newCandidates: report.newCandidates + batch.newCandidates,
    droppedCandidates: report.droppedCandidates + batch.droppedCandidates,
    removedBlobs: report.removedBlobs + batch.removed.length,
    removedBytes: report.removedBytes + batch.removed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    removedDigests: [...report.removedDigests, ...batch.removed.map(({ digest }) => digest)].slice(
      0,
      MOST_REPORTED_DIGESTS,
    ),
  };
}
