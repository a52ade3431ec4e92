import { RELEASE_WITHDRAWN, releaseWithdrawn } from '@imgsrv/catalog';
import type { JobHandler } from '@imgsrv/jobs';
import type { Database, Logger } from '@imgsrv/platform';

/** Lets withdrawn versions go of their blobs when their window is over. */
export function createReleaseWithdrawnHandler(database: Database, logger: Logger): JobHandler<object> {
  return {
    kind: RELEASE_WITHDRAWN,
    run: async (job) => {
      const versions = await releaseWithdrawn(database, job);
      if (versions > 0) {
        logger.info({ versions }, 'released the blobs of withdrawn versions');
      }
    },
  };
}
