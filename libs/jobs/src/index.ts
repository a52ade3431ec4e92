export { enqueueJob, type EnqueueOptions } from './enqueue-job.js';
export type { Job, JobId, JobState, JobStep, JobStepState, StepProgress } from './job.js';
export {
  JobNotFailedError,
  JobOverError,
  JobTimedOutError,
  LeaseLostError,
  PermanentJobError,
  type JobErrorCode,
} from './job.errors.js';
export type { JobHandler, RunningJob, RunningStep } from './job-handler.js';
export {
  type JobClass,
  type JobKind,
  type JobRetention,
  SHORT_RETENTION,
  type StepDefinition,
  type TimeLimit,
} from './job-kind.js';
export { JobReader, findJob, findJobs } from './job-reader.js';
export { JobWorker, type JobWorkerOptions } from './job-worker.js';
export { JOB_OUTCOMES, type JobOutcome, type JobsObserver, type StepOutcome } from './jobs-observer.js';
export { countFinishedJobs, readQueueFigures } from './queue-figures.repository.js';
export { PURGE_JOBS, purgeFinishedJobs } from './purge-finished-jobs.js';
export { cancelJob, retryFailedJob } from './settle-job.js';
export type { CircuitState } from './circuit-breaker.js';
