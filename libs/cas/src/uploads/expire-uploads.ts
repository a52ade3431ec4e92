import { type JobKind, type RunningJob, SHORT_RETENTION } from '@imgsrv/jobs';
import type { Database } from '@imgsrv/platform';
import { discardObject } from '../discard/discard-object.js';
import { findSession, lockExpired, moveSession } from './upload.repository.js';

/** Ends the uploads that nobody finished in time. */
export const EXPIRE_UPLOADS: JobKind<object> = {
  name: 'expire_uploads',
  class: 'maintenance',
  maxAttempts: 3,
  steps: [],
  timeLimit: { baseMs: 3_600_000 },
  retention: SHORT_RETENTION,
  recurrence: { everyMs: 30_000 },
  parsePayload: () => ({}),
};

const BATCH = 100;

/**
 * Keeps that expired uploads are `aborted`, as they read already, and discards their bytes; safe to repeat. Returns how
 * many there were.
 */
export async function expireUploads(
  database: Database,
  job: Pick<RunningJob<object>, 'signal' | 'progressed'>,
): Promise<number> {
  let expired = 0;
  for (;;) {
    job.signal.throwIfAborted();
    const count = await database.transaction(async (tx) => {
      const ids = await lockExpired(tx, BATCH);
      for (const id of ids) {
        const session = await findSession(tx, id);
        await moveSession(tx, id, ['aborted'], 'aborted');
        if (session?.object !== undefined) {
          await discardObject(tx, session.object, session.createdBy);
        }
      }
      return ids.length;
    });
    job.progressed();
    expired += count;
    if (count < BATCH) {
      return expired;
    }
  }
}
