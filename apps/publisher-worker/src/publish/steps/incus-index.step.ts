import { BlobNotFoundError, type BlobReader } from '@imgsrv/cas';
import type { PublishVersionPayload } from '@imgsrv/catalog';
import { PermanentJobError, type RunningJob } from '@imgsrv/jobs';
import { isProjectionRefusal, type IndexRun, type StreamsProjection } from '@imgsrv/streams';
import type { PublishStep } from '../publish-step.js';
import type { MakeMetadata } from './make-metadata.js';

/**
 * Makes the metadata that a publisher left to imgsrv, prepares what Simple Streams clients will be shown, and reports for each
 * artifact whether they are.
 */
export function incusIndex(
  makeMissing: MakeMetadata,
  projection: StreamsProjection,
  blobs: BlobReader,
): PublishStep {
  return async (job, step) => {
    await makeMissing(job);
    try {
      await projection.indexVersion(job.payload.versionId, {
        readBlob: readFor(job, blobs),
        signal: job.signal,
        onProgress: (doneBytes, totalBytes) => {
          step.reportProgress({ doneBytes, totalBytes });
        },
        write: (work) => job.fenced(work),
      });
    } catch (error) {
      throw isProjectionRefusal(error) ? new PermanentJobError(error.message, { cause: error }) : error;
    }
  };
}

/** Each blob that is opened gives the step the time that reading it may take. */
function readFor(job: RunningJob<PublishVersionPayload>, blobs: BlobReader): IndexRun['readBlob'] {
  return async (digest, options) => {
    const blob = await blobs.find(digest);
    if (blob === undefined) {
      throw new BlobNotFoundError();
    }
    job.expectBytes(blob.sizeBytes);
    job.progressed();
    return blobs.openBlob(blob, options);
  };
}
