import { type ObjectStore, StoreSweep, SWEEP_STORE } from '@imgsrv/cas';
import type { JobHandler } from '@imgsrv/jobs';
import type { Logger } from '@imgsrv/platform';
import type { RemovalMetrics } from '../metrics/removal-metrics.js';

/** Removes what lies in the store although no row knows it. */
export function createSweepStoreHandler(
  store: ObjectStore,
  graceMs: number,
  metrics: RemovalMetrics,
  logger: Logger,
): JobHandler<object> {
  return {
    kind: SWEEP_STORE,
    run: async (job) => {
      let foreign = 0;
      const removed = { object: 0, multipart_upload: 0 };
      const observer = {
        removed: (kind: 'object' | 'multipart_upload') => {
          removed[kind] += 1;
          metrics.removedStray(kind);
        },
        foreign: () => {
          foreign += 1;
        },
      };
      await new StoreSweep(store, observer, graceMs).run(job);
      if (removed.object + removed.multipart_upload > 0) {
        logger.info(
          { objects: removed.object, multipart_uploads: removed.multipart_upload },
          'removed from the store what no row knew',
        );
      }
      if (foreign > 0) {
        logger.warn(
          { keys: foreign },
          'something among our keys in the store is not ours; it was left alone',
        );
      }
    },
  };
}
