import { JOB_KINDS } from '@imgsrv/streams';
import { type JobHandler, PURGE_JOBS, purgeFinishedJobs } from '@imgsrv/jobs';
import type { Database } from '@imgsrv/platform';

/** Keeps the queue small. */
export function createPurgeJobsHandler(database: Database): JobHandler<object> {
  return {
    kind: PURGE_JOBS,
    run: (job) => purgeFinishedJobs(database, JOB_KINDS, job),
  };
}
