import { DISCARD_OBJECT, EXPIRE_UPLOADS, INGEST_BLOB } from '@imgsrv/cas';
import { type JobHandler, PURGE_JOBS, purgeFinishedJobs } from '@imgsrv/jobs';
import type { Database } from '@imgsrv/platform';

/** Publish jobs are missing on purpose: they are part of a version's history. */
const PURGED_KINDS = [INGEST_BLOB, DISCARD_OBJECT, EXPIRE_UPLOADS, PURGE_JOBS].map(({ name }) => name);

/** Keeps the queue small. */
export function createPurgeJobsHandler(database: Database): JobHandler<object> {
  return {
    kind: PURGE_JOBS,
    run: () => purgeFinishedJobs(database, PURGED_KINDS),
  };
}
