import { type JobKind, SHORT_RETENTION } from '@imgsrv/jobs';
import { type Digest, isDigest } from '../digest.js';

export interface ScrubBlobsPayload {
  /** Only this blob, at once: something was wrong with it. The recurring job reads what it is the turn of. */
  readonly digest?: Digest;
}

/** Reads stored blobs again and takes those out of use whose bytes are damaged. */
export const SCRUB_BLOBS: JobKind<ScrubBlobsPayload> = {
  name: 'scrub_blobs',
  class: 'maintenance',
  maxAttempts: 20,
  steps: [],
  timeLimit: { baseMs: 3_600_000, minBytesPerSecond: 2 ** 20 },
  retention: SHORT_RETENTION,
  recurrence: { everyMs: 600_000 },
  parsePayload: (stored) => {
    const { digest } = stored as Partial<ScrubBlobsPayload>;
    if (digest !== undefined && !isDigest(digest)) {
      throw new Error('not the payload of a scrub');
    }
    return digest === undefined ? {} : { digest };
  },
};
