import { enqueueJob } from '@imgsrv/jobs';
import type { Database, Transaction } from '@imgsrv/platform';
import type { Digest } from '../digest.js';
import { isDueForRestored } from './scrub.repository.js';
import { SCRUB_BLOBS } from './scrub-blobs.kind.js';

/** All these take one turn among the jobs of others. */
const SCRUB_TURN = 'scrub';
/** Between two looks for one object: whoever asks for the blob again and again makes no more of them. */
const RESTORED_REST_MS = 60_000;

/** Has a worker read a blob now because something was wrong with its bytes. While it waits to do so, nothing is added. */
export async function suspectBlob(database: Database, digest: Digest): Promise<void> {
  await database.transaction((tx) => enqueueScrub(tx, digest));
}

/** Has a worker look now whether the object of a lost blob was restored, if nobody has done so for a minute. */
export async function lookForRestored(database: Database, digest: Digest): Promise<void> {
  await database.transaction(async (tx) => {
    if (await isDueForRestored(tx, digest, RESTORED_REST_MS)) {
      await enqueueScrub(tx, digest);
    }
  });
}

async function enqueueScrub(tx: Transaction, digest: Digest): Promise<void> {
  await enqueueJob(tx, SCRUB_BLOBS, { digest }, { singletonKey: digest, fairnessKey: SCRUB_TURN });
}
