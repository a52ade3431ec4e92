import { finishPublishing } from '@imgsrv/catalog';
import type { PublishStep } from '../publish-step.js';

/** The version is published, its aliases name it, and the job and this step are done, at one moment. */
export function finalizePublish(): PublishStep {
  return (job) => job.complete((tx) => finishPublishing(tx, job.payload.versionId));
}
