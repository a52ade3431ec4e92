import type { BlobReader } from '@imgsrv/cas';
import type { ContentRun, PublishVersionPayload } from '@imgsrv/catalog';
import type { RunningJob, RunningStep } from '@imgsrv/jobs';

/** How a step has bytes read: within the time that they allow, and with progress that others see. */
export function contentRun(
  job: RunningJob<PublishVersionPayload>,
  step: RunningStep,
  blobs: BlobReader,
): ContentRun {
  return {
    blobs,
    signal: job.signal,
    expectBytes: (sizeBytes) => {
      job.expectBytes(sizeBytes);
    },
    onProgress: (doneBytes, totalBytes) => {
      job.progressed();
      step.reportProgress({ doneBytes, totalBytes });
    },
    write: (work) => job.fenced(work),
  };
}
