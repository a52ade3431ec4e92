import type { BlobReader } from '@imgsrv/cas';
import { PermanentJobError } from '@imgsrv/jobs';
import { isProjectionRefusal, type StreamsProjection } from '@imgsrv/streams';
import type { PublishStep } from '../publish-step.js';

/** Prepares what Simple Streams clients will be shown, and reports for each artifact whether they are. */
export function incusIndex(projection: StreamsProjection, blobs: BlobReader): PublishStep {
  return {
    name: 'incus_index',
    run: async (job, step) => {
      try {
        await projection.indexVersion(job.payload.versionId, {
          readBlob: (digest, options) => blobs.open(digest, options),
          signal: job.signal,
          onProgress: (doneBytes, totalBytes) => {
            step.reportProgress({ doneBytes, totalBytes });
          },
          write: (work) => job.fenced(work),
        });
      } catch (error) {
        throw isProjectionRefusal(error) ? new PermanentJobError(error.message, { cause: error }) : error;
      }
    },
  };
}
