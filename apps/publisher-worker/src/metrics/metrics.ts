import { OBJECT_STORE_METRICS } from '@imgsrv/cas';
import { SHARED_GAUGES } from '@imgsrv/platform';
import { makeCounterProvider, makeGaugeProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';

/**
 * Every metric of the worker, with its unit and labels; docs/reference/metrics.md explains them. Those that the api has
 * as well stand where both can read them. Labels are bounded: no ids, names or digests.
 */
export const JOB_ATTEMPTS = 'imgsrv_job_attempts_total';
export const JOB_DURATION = 'imgsrv_job_duration_seconds';
export const JOBS_ENDED = 'imgsrv_jobs_ended_total';
export const JOB_LEASE_LOSSES = 'imgsrv_job_lease_losses_total';
export const JOB_BREAKER_OPEN = 'imgsrv_job_breaker_open';
export const JOB_STEP_DURATION = 'imgsrv_job_step_duration_seconds';
export const UPLOADS_SETTLED = 'imgsrv_uploads_settled_total';
export const UPLOAD_VERIFIED = 'imgsrv_upload_verified_bytes_total';
export const COLLECTED_BLOBS = 'imgsrv_collected_blobs_total';
export const COLLECTED = 'imgsrv_collected_bytes_total';
export const REMOVED_STRAYS = 'imgsrv_removed_strays_total';
export const SCRUBBED_BLOBS = 'imgsrv_scrubbed_blobs_total';
export const SCRUBBED = 'imgsrv_scrubbed_bytes_total';

export const METRIC_PROVIDERS = [
  ...Object.values(SHARED_GAUGES).map((gauge) => makeGaugeProvider(gauge)),
  makeCounterProvider({
    name: JOB_ATTEMPTS,
    help: 'Attempts at jobs that began, by kind',
    labelNames: ['kind'],
  }),
  makeHistogramProvider({
    name: JOB_DURATION,
    help: 'Time of one attempt at a job, by kind and outcome',
    labelNames: ['kind', 'outcome'],
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 30, 120, 600, 3600],
  }),
  makeCounterProvider({
    name: JOBS_ENDED,
    help: 'Attempts at jobs that ended, by kind and outcome',
    labelNames: ['kind', 'outcome'],
  }),
  makeCounterProvider({
    name: JOB_LEASE_LOSSES,
    help: 'Attempts at jobs that ended because their lease was lost, by kind',
    labelNames: ['kind'],
  }),
  makeGaugeProvider({
    name: JOB_BREAKER_OPEN,
    help: '1 while failures in a row stop a kind of job, else 0',
    labelNames: ['kind'],
  }),
  makeHistogramProvider({
    name: JOB_STEP_DURATION,
    help: 'Time of one attempt at a step of a job, such as those of a publish, by kind, step and outcome',
    labelNames: ['kind', 'step', 'outcome'],
    buckets: [0.005, 0.025, 0.1, 0.5, 1, 5, 30, 120, 600, 3600],
  }),
  makeCounterProvider({
    name: UPLOADS_SETTLED,
    help: 'Completed uploads that were verified or refused, by outcome',
    labelNames: ['outcome'],
  }),
  makeCounterProvider({
    name: UPLOAD_VERIFIED,
    help: 'Bytes of uploads that were verified',
  }),
  makeCounterProvider({
    name: COLLECTED_BLOBS,
    help: 'Blobs that were collected because nothing referred to them',
  }),
  makeCounterProvider({
    name: COLLECTED,
    help: 'Bytes of blobs that were collected',
  }),
  makeCounterProvider({
    name: REMOVED_STRAYS,
    help: 'What was removed from the store because no row knew it, by kind',
    labelNames: ['kind'],
  }),
  makeCounterProvider({
    name: SCRUBBED_BLOBS,
    help: 'Blobs whose stored bytes were read again, by what was found',
    labelNames: ['outcome'],
  }),
  makeCounterProvider({
    name: SCRUBBED,
    help: 'Bytes of blobs that were read again and judged',
  }),
  ...OBJECT_STORE_METRICS,
];
