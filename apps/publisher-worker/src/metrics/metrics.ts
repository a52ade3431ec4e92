import { makeCounterProvider, makeGaugeProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';

/** Every metric of the worker, with its unit and labels. Labels are bounded: no ids, names or digests. */
export const JOB_DURATION = 'imgsrv_job_duration_seconds';
export const JOBS_ENDED = 'imgsrv_jobs_ended_total';
export const JOB_BREAKER_OPEN = 'imgsrv_job_breaker_open';

export const METRIC_PROVIDERS = [
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
  makeGaugeProvider({
    name: JOB_BREAKER_OPEN,
    help: '1 while failures in a row stop a kind of job, else 0',
    labelNames: ['kind'],
  }),
];
