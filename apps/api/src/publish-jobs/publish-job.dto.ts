import type { PublishJob } from '@imgsrv/catalog';
import type { StreamsReport } from '@imgsrv/streams';

export class StepProgressResponse {
  done_bytes: number;
  total_bytes: number;
}

export class PublishStepResponse {
  id: string;
  job_id: string;
  /** @example "validate_catalog" */
  name: string;
  state: 'queued' | 'running' | 'succeeded' | 'failed' | 'skipped';
  /** Always true: a step that fails fails the job. */
  blocking: boolean;
  sequence: number;
  attempt_count: number;
  started_at?: string;
  finished_at?: string;
  failure_message?: string;
  /** What a step that succeeded tells of how it went, such as why a delta was not made. */
  detail?: string;
  progress?: StepProgressResponse;
  created_at: string;
  updated_at: string;
}

export class StreamsReportResponse {
  artifact_id: string;
  /** @example "incus" */
  client: string;
  /** Whether this Simple Streams client is shown the artifact. */
  projected: boolean;
  /** Why not. */
  reason?: string;
}

export class PublishJobResponse {
  id: string;
  version_id: string;
  image_name: string;
  version: string;
  /** What the publish makes name the version when it ends; absent when nothing. */
  aliases?: string[];
  state: 'queued' | 'running' | 'succeeded' | 'failed' | 'canceled';
  started_at?: string;
  finished_at?: string;
  failed_step?: string;
  failure_message?: string;
  created_at: string;
  updated_at: string;
  steps: PublishStepResponse[];
  /** What Simple Streams makes of the artifacts; absent until the step `incus_index` has looked. */
  report?: StreamsReportResponse[];
}

/** A publish job and what Simple Streams makes of the artifacts of its version. */
export interface ReportedPublishJob {
  readonly job: PublishJob;
  readonly reports: readonly StreamsReport[];
}

export function toPublishJobResponse({ job, reports }: ReportedPublishJob): PublishJobResponse {
  return {
    id: job.id,
    version_id: job.versionId,
    image_name: job.imageName,
    version: job.version,
    ...(job.aliases.length === 0 ? {} : { aliases: [...job.aliases] }),
    state: job.state,
    ...toTimes(job),
    ...(job.failedStep === undefined ? {} : { failed_step: job.failedStep }),
    ...(job.failureMessage === undefined ? {} : { failure_message: job.failureMessage }),
    steps: job.steps.map(toPublishStepResponse),
    ...(reports.length === 0 ? {} : { report: reports.map(toStreamsReportResponse) }),
  };
}

function toPublishStepResponse(step: PublishJob['steps'][number]): PublishStepResponse {
  return {
    id: step.id,
    job_id: step.jobId,
    name: step.name,
    state: step.state,
    blocking: true,
    sequence: step.sequence,
    attempt_count: step.attemptCount,
    ...toTimes(step),
    ...(step.failureMessage === undefined ? {} : { failure_message: step.failureMessage }),
    ...(step.detail === undefined ? {} : { detail: step.detail }),
    ...(step.progress === undefined
      ? {}
      : { progress: { done_bytes: step.progress.doneBytes, total_bytes: step.progress.totalBytes } }),
  };
}

type Timed = Pick<PublishJob, 'startedAt' | 'finishedAt' | 'createdAt' | 'updatedAt'>;
type Times = Pick<PublishJobResponse, 'started_at' | 'finished_at' | 'created_at' | 'updated_at'>;

function toTimes({ startedAt, finishedAt, createdAt, updatedAt }: Timed): Times {
  return {
    ...(startedAt === undefined ? {} : { started_at: startedAt.toISOString() }),
    ...(finishedAt === undefined ? {} : { finished_at: finishedAt.toISOString() }),
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
  };
}

function toStreamsReportResponse(report: StreamsReport): StreamsReportResponse {
  return {
    artifact_id: report.artifactId,
    client: report.client,
    projected: report.projected,
    ...(report.reason === undefined ? {} : { reason: report.reason }),
  };
}
