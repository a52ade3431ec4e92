import { type JobKind, type RunningJob, SHORT_RETENTION } from '@imgsrv/jobs';
import type { Database } from '@imgsrv/platform';
import { listReleasable, releaseBlobs } from './withdrawal.repository.js';

/** Lets versions that can no longer be restored go of their blobs. */
export const RELEASE_WITHDRAWN: JobKind<object> = {
  name: 'release_withdrawn',
  class: 'maintenance',
  maxAttempts: 5,
  steps: [],
  timeLimit: { baseMs: 3_600_000 },
  retention: SHORT_RETENTION,
  recurrence: { everyMs: 600_000 },
  parsePayload: () => ({}),
};

const BATCH = 100;

/** Resolves to how many versions there were. Safe to repeat, and to break off between two of them. */
export async function releaseWithdrawn(
  database: Database,
  job: Pick<RunningJob<object>, 'signal' | 'fenced'>,
): Promise<number> {
  let released = 0;
  for (;;) {
    const ids = await database.use((connection) => listReleasable(connection, BATCH));
    for (const id of ids) {
      job.signal.throwIfAborted();
      await job.fenced((tx) => releaseBlobs(tx, id));
    }
    released += ids.length;
    if (ids.length < BATCH) {
      return released;
    }
  }
}
