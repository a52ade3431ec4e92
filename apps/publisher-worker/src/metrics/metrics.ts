import { makeCounterProvider, makeGaugeProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';

/**
 * Every metric of the worker, with its unit and labels; docs/reference/metrics.md explains them. Labels are bounded: no
 * ids, names or digests.
 */
export const JOB_ATTEMPTS = 'imgsrv_job_attempts_total';
export const JOB_DURATION = 'imgsrv_job_duration_seconds';
export const JOBS_ENDED = 'imgsrv_jobs_ended_total';
export const JOB_LEASE_LOSSES = 'imgsrv_job_lease_losses_total';
export const JOB_BREAKER_OPEN = 'imgsrv_job_breaker_open';
export const JOB_STEP_DURATION = 'imgsrv_job_step_duration_seconds';
export const UPLOADS_SETTLED = 'imgsrv_uploads_settled_total';
export const UPLOAD_VERIFIED = 'imgsrv_upload_verified_bytes_total';
export const OBJECT_STORE_OPERATIONS_ENDED = 'imgsrv_object_store_operations_total';
export const OBJECT_STORE_DURATION = 'imgsrv_object_store_operation_duration_seconds';
export const OBJECT_STORE_BYTES = 'imgsrv_object_store_bytes_total';

/** Gauges that are brought up to date when somebody asks, by the figure that each shows. */
export const FIGURE_GAUGES = {
  build_info: {
    name: 'imgsrv_build_info',
    help: 'Always 1; the labels say what runs',
    labelNames: ['version', 'commit', 'node_version'],
  },
  ready: { name: 'imgsrv_ready', help: '1 while the process is ready for traffic, else 0' },
  dependency_up: {
    name: 'imgsrv_dependency_up',
    help: '1 while the dependency answers, else 0; looked at every few seconds',
    labelNames: ['dependency'],
  },
  database_pool_connections: {
    name: 'imgsrv_database_pool_connections',
    help: 'Connections of the pool to the database, by what they do',
    labelNames: ['state'],
  },
  database_pool_limit: {
    name: 'imgsrv_database_pool_limit_connections',
    help: 'Most connections that the pool may have',
  },
  database_pool_waiting: {
    name: 'imgsrv_database_pool_waiting_requests',
    help: 'Callers that wait for a connection of the pool',
  },
  database_figures_up: {
    name: 'imgsrv_database_figures_up',
    help: '1 when the database told its figures in time for this scrape; when 0 they are missing',
  },
  statistics_age: {
    name: 'imgsrv_statistics_age_seconds',
    help: 'Time since a worker counted what is stored',
  },
  statistics_duration: {
    name: 'imgsrv_statistics_count_duration_seconds',
    help: 'How long the last count of what is stored took',
  },
  blobs: { name: 'imgsrv_blobs', help: 'Verified blobs' },
  blob_bytes: { name: 'imgsrv_blob_bytes', help: 'Bytes of all verified blobs' },
  images: { name: 'imgsrv_images', help: 'Images' },
  versions: { name: 'imgsrv_versions', help: 'Versions, by state', labelNames: ['state'] },
  upload_sessions: {
    name: 'imgsrv_upload_sessions',
    help: 'Upload sessions, by state',
    labelNames: ['state'],
  },
  most_held: {
    name: 'imgsrv_principal_holdings_max',
    help: 'What the principal that has most holds, by kind, as a worker counted it last',
    labelNames: ['kind'],
  },
  streams_projection_rows: {
    name: 'imgsrv_streams_projection_rows',
    help: 'Rows of the Simple Streams projection, by client',
    labelNames: ['client'],
  },
  streams_revision: {
    name: 'imgsrv_streams_revision',
    help: 'Revision of what Simple Streams clients are shown; every change advances it',
  },
  jobs: {
    name: 'imgsrv_jobs',
    help: 'Jobs in the database, by kind and state; those that are over as a worker counted them last',
    labelNames: ['kind', 'state'],
  },
  oldest_queued_job_age: {
    name: 'imgsrv_oldest_queued_job_age_seconds',
    help: 'Time since the oldest queued job was added, by kind',
    labelNames: ['kind'],
  },
  oldest_running_job_age: {
    name: 'imgsrv_oldest_running_job_age_seconds',
    help: 'Time since the first attempt at the oldest running job began, by kind',
    labelNames: ['kind'],
  },
  job_without_progress: {
    name: 'imgsrv_job_without_progress_seconds',
    help: 'Longest time that a running job has not come further, such as in a step that hangs, by kind',
    labelNames: ['kind'],
  },
};

export const METRIC_PROVIDERS = [
  ...Object.values(FIGURE_GAUGES).map((gauge) => makeGaugeProvider(gauge)),
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
    name: OBJECT_STORE_OPERATIONS_ENDED,
    help: 'Calls of the object store, by operation and outcome',
    labelNames: ['operation', 'outcome'],
  }),
  makeHistogramProvider({
    name: OBJECT_STORE_DURATION,
    help: 'Time of a call of the object store, by operation; read_body lasts as long as its reader takes',
    labelNames: ['operation'],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60, 600],
  }),
  makeCounterProvider({
    name: OBJECT_STORE_BYTES,
    help: 'Bytes read from and written to the object store',
    labelNames: ['direction'],
  }),
];
