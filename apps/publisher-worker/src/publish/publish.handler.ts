import { PUBLISH_STEPS, PUBLISH_VERSION, type PublishVersionPayload, wishesDeltas } from '@imgsrv/catalog';
import type { JobHandler } from '@imgsrv/jobs';
import { createPublishPipeline, type PublishParts } from './publish.pipeline.js';

/** Publishes versions, step by step. A step that was finished once is not begun again. */
export function createPublishHandler(parts: PublishParts): JobHandler<PublishVersionPayload> {
  const pipeline = createPublishPipeline(parts);
  return {
    kind: PUBLISH_VERSION,
    run: async (job) => {
      for (const { name } of PUBLISH_STEPS) {
        if (name === 'make_deltas' && !(await wishesDeltas(parts.database, job.payload.versionId))) {
          continue;
        }
        await job.step(name, (running) => pipeline[name](job, running));
      }
    },
  };
}
