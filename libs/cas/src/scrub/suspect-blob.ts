import { enqueueJob } from '@imgsrv/jobs';
import type { Database } from '@imgsrv/platform';
import type { Digest } from '../digest.js';
import { wasTriedWithin } from './scrub.repository.js';
import { SCRUB_BLOBS } from './scrub-blobs.kind.js';

/** All these take one turn among the jobs of others. */
const SCRUB_TURN = 'scrub';
/** Whoever asks for a blob again and again makes no more readings of it than one in this time. */
const REST_MS = 60_000;

/**
 * Has a worker read a blob now, because something was wrong with its bytes or may be right again. Nothing is added while
 * one waits to do so, or when one has done so within a minute.
 */
export async function suspectBlob(database: Database, digest: Digest): Promise<void> {
  await database.transaction(async (tx) => {
    if (!(await wasTriedWithin(tx, digest, REST_MS))) {
      await enqueueJob(tx, SCRUB_BLOBS, { digest }, { singletonKey: digest, fairnessKey: SCRUB_TURN });
    }
  });
}
