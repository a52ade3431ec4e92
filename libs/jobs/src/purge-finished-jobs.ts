import type { Database } from '@imgsrv/platform';
import type { RunningJob } from './job-handler.js';
import { type JobKind, SHORT_RETENTION } from './job-kind.js';

/** Removes the rows of finished jobs that nobody asks for any more. */
export const PURGE_JOBS: JobKind<object> = {
  name: 'purge_jobs',
  class: 'maintenance',
  maxAttempts: 3,
  steps: [],
  timeLimit: { baseMs: 3_600_000 },
  retention: SHORT_RETENTION,
  recurrence: { everyMs: 3_600_000 },
  parsePayload: () => ({}),
};

const BATCH = 5000;

/** Deletes the jobs of the given kinds that are over for longer than their retention. Safe to repeat. */
export async function purgeFinishedJobs(
  database: Database,
  kinds: readonly Pick<JobKind<object>, 'name' | 'retention'>[],
  job: Pick<RunningJob<object>, 'signal' | 'progressed'>,
): Promise<void> {
  for (const { name, retention } of kinds) {
    let deleted = retention === undefined ? 0 : BATCH;
    while (retention !== undefined && deleted === BATCH) {
      job.signal.throwIfAborted();
      const values = [name, retention.succeededMs, retention.failedMs, BATCH];
      deleted = (await database.write((tx) => tx.rows(PURGE, values))).length;
      job.progressed();
    }
  }
}

const PURGE = `
  DELETE FROM jobs WHERE id IN (
    SELECT id FROM jobs
     WHERE kind = $1 AND finished_at < now() - LEAST($2::bigint, $3::bigint) * interval '1 millisecond'
       AND (state = 'succeeded' AND finished_at < now() - $2::bigint * interval '1 millisecond'
         OR state IN ('failed', 'canceled') AND finished_at < now() - $3::bigint * interval '1 millisecond')
     LIMIT $4)
  RETURNING id`;
