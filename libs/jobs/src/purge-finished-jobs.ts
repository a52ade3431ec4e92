import type { Database } from '@imgsrv/platform';
import type { JobKind } from './job-kind.js';

/** Removes the rows of finished jobs that nobody asks for any more. */
export const PURGE_JOBS: JobKind<object> = {
  name: 'purge_jobs',
  maxAttempts: 3,
  steps: [],
  parsePayload: () => ({}),
};

/**
 * Deletes succeeded jobs of the given kinds that ended more than a day ago, and failed ones after 30 days. Only
 * kinds to which no other row refers may be named. Safe to repeat.
 */
export async function purgeFinishedJobs(database: Database, kinds: readonly string[]): Promise<void> {
  await database.rows(
    `DELETE FROM jobs
      WHERE kind = ANY ($1)
        AND (state = 'succeeded' AND finished_at < now() - interval '1 day'
          OR state = 'failed' AND finished_at < now() - interval '30 days')`,
    [kinds],
  );
}
