import type { ObjectStore } from '@imgsrv/cas';
import { type DiskLimits, PUBLISH_STEPS, PUBLISH_VERSION, type PublishVersionPayload } from '@imgsrv/catalog';
import type { JobHandler } from '@imgsrv/jobs';
import type { Database } from '@imgsrv/platform';
import { createPublishPipeline } from './publish.pipeline.js';

/** Publishes versions, step by step. A step that was finished once is not begun again. */
export function createPublishHandler(
  database: Database,
  store: ObjectStore,
  disks: DiskLimits,
): JobHandler<PublishVersionPayload> {
  const pipeline = createPublishPipeline(database, store, disks);
  return {
    kind: PUBLISH_VERSION,
    run: async (job) => {
      for (const { name } of PUBLISH_STEPS) {
        await job.step(name, (running) => pipeline[name](job, running));
      }
    },
  };
}
