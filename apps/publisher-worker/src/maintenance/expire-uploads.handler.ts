import { EXPIRE_UPLOADS, expireUploads } from '@imgsrv/cas';
import type { JobHandler } from '@imgsrv/jobs';
import type { Database, Logger } from '@imgsrv/platform';

/** Ends the uploads that nobody finished in time. */
export function createExpireUploadsHandler(database: Database, logger: Logger): JobHandler<object> {
  return {
    kind: EXPIRE_UPLOADS,
    run: async (job) => {
      const expired = await expireUploads(database, job);
      if (expired > 0) {
        logger.info({ uploads: expired }, 'aborted expired uploads');
      }
    },
  };
}
