import { enqueueJob } from '@imgsrv/jobs';
import type { Database } from '@imgsrv/platform';
import type { Digest } from '../digest.js';
import { SCRUB_BLOBS } from './scrub-blobs.kind.js';

/** All these take one turn among the jobs of others. */
const SCRUB_TURN = 'scrub';

/** Has a worker read a blob now because something was wrong with its bytes. While it waits to do so, nothing is added. */
export async function suspectBlob(database: Database, digest: Digest): Promise<void> {
  await database.transaction((tx) =>
    enqueueJob(tx, SCRUB_BLOBS, { digest }, { singletonKey: digest, fairnessKey: SCRUB_TURN }),
  );
}
