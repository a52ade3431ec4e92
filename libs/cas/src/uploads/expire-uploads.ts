import type { JobKind } from '@imgsrv/jobs';
import type { Database } from '@imgsrv/platform';
import { discardObject } from '../discard/discard-object.js';
import { findSession, lockExpired, moveSession } from './upload.repository.js';

/** Ends the uploads that nobody finished in time. */
export const EXPIRE_UPLOADS: JobKind<object> = {
  name: 'expire_uploads',
  maxAttempts: 3,
  steps: [],
  parsePayload: () => ({}),
};

const BATCH = 100;

/** Sets expired open uploads to `aborted` and discards their bytes; safe to repeat. Returns how many there were. */
export async function expireUploads(database: Database, signal: AbortSignal): Promise<number> {
  let expired = 0;
  for (;;) {
    signal.throwIfAborted();
    const count = await database.transaction(async (tx) => {
      const ids = await lockExpired(tx, BATCH);
      for (const id of ids) {
        const session = await findSession(tx, id);
        await moveSession(tx, id, ['created', 'uploading'], 'aborted');
        if (session?.object !== undefined) {
          await discardObject(tx, session.object);
        }
      }
      return ids.length;
    });
    expired += count;
    if (count < BATCH) {
      return expired;
    }
  }
}
