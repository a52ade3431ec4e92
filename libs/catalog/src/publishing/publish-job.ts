import type { Job, JobId, JobState, JobStep } from '@imgsrv/jobs';
import type { AliasName, ImageName, VersionId, VersionName } from '../names/names.js';

/** A publish, as content-writers may see it. */
export interface PublishJob {
  readonly id: JobId;
  readonly versionId: VersionId;
  readonly imageName: ImageName;
  readonly version: VersionName;
  /** What names the version from the moment on in which it is published; by name. */
  readonly aliases: readonly AliasName[];
  readonly state: JobState;
  readonly startedAt?: Date;
  readonly finishedAt?: Date;
  /** The first step that failed, while the job has failed or was given up. */
  readonly failedStep?: string;
  readonly failureMessage?: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly steps: readonly JobStep[];
}

/** Which version of which image a job publishes, and what is to name it then. */
export interface PublishJobSubject {
  readonly versionId: VersionId;
  readonly imageName: ImageName;
  readonly version: VersionName;
  readonly aliases: readonly AliasName[];
}

export function toPublishJob(job: Job, subject: PublishJobSubject): PublishJob {
  const isGivenUp = job.state === 'failed' || job.state === 'canceled';
  const failedStep = isGivenUp ? job.steps.find(({ state }) => state === 'failed') : undefined;
  return {
    id: job.id,
    ...subject,
    state: job.state,
    ...(job.startedAt === undefined ? {} : { startedAt: job.startedAt }),
    ...(job.finishedAt === undefined ? {} : { finishedAt: job.finishedAt }),
    ...(failedStep === undefined ? {} : { failedStep: failedStep.name }),
    ...(isGivenUp && job.lastError !== undefined ? { failureMessage: job.lastError } : {}),
    createdAt: job.createdAt,
    updatedAt: job.updatedAt,
    steps: job.steps,
  };
}
