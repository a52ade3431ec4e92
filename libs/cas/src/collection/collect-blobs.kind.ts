import type { JobKind } from '@imgsrv/jobs';
import { type Digest, isDigest } from '../digest.js';

export interface CollectBlobsPayload {
  /** False for the recurring job, which does nothing when the last collection was not long ago. */
  readonly isRequested: boolean;
  /** Only tells what a collection would do. */
  readonly dryRun: boolean;
  /** Only this blob. */
  readonly digest?: Digest;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Finds blobs that nothing refers to, and removes those that nothing has referred to for their grace. */
export const COLLECT_BLOBS: JobKind<CollectBlobsPayload> = {
  name: 'collect_blobs',
  class: 'maintenance',
  maxAttempts: 20,
  steps: [],
  timeLimit: { baseMs: 60 * MINUTE_MS },
  // Somebody may want to read the report of one that was asked for.
  retention: { succeededMs: 7 * DAY_MS, failedMs: 30 * DAY_MS },
  recurrence: { everyMs: 10 * MINUTE_MS },
  parsePayload: (stored) => {
    const { isRequested, dryRun, digest } = stored as Partial<CollectBlobsPayload>;
    if (digest !== undefined && !isDigest(digest)) {
      throw new Error('not the payload of a collection');
    }
    return {
      isRequested: isRequested === true,
      dryRun: dryRun === true,
      ...(digest === undefined ? {} : { digest }),
    };
  },
};
