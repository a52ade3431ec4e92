import { currentTraceparent, type Transaction } from '@imgsrv/platform';
import { CANCELED, notifyWorkers } from './enqueue-job.js';
import { JobNotFailedError, JobOverError } from './job.errors.js';
import type { JobId, JobState } from './job.js';

/**
 * Queues a failed job again, from its first step that has not succeeded and with a fresh count of attempts.
 * From now on it belongs to the trace of the caller. Throws JobNotFailedError in any other state.
 */
export async function retryFailedJob(tx: Transaction, id: JobId): Promise<void> {
  const job = await lockJob(tx, id);
  if (job?.state !== 'failed') {
    throw new JobNotFailedError(job?.state ?? 'absent');
  }
  await tx.rows(
    `UPDATE jobs SET state = 'queued', attempt = 0, run_after = now(), finished_at = NULL, updated_at = now(),
            traceparent = COALESCE($2, traceparent)
      WHERE id = $1`,
    [id, currentTraceparent() ?? null],
  );
  await tx.rows(
    `UPDATE job_steps SET state = 'queued', failure_message = NULL, finished_at = NULL, updated_at = now()
      WHERE job_id = $1 AND state IN ('failed', 'running')`,
    [id],
  );
  await notifyWorkers(tx, job.kind);
}

/**
 * Ends a job that is queued, running or failed for good; a worker that runs it is told, and can write nothing for it any
 * more. Against a worker that is just finishing it exactly one wins. Gives the state from before; throws JobOverError
 * when the job succeeded or was canceled already.
 */
export async function cancelJob(tx: Transaction, id: JobId): Promise<JobState> {
  const job = await lockJob(tx, id);
  if (job === undefined || job.state === 'succeeded' || job.state === 'canceled') {
    throw new JobOverError(job?.state ?? 'absent');
  }
  await tx.rows(
    // A trigger takes the lease away.
    `UPDATE jobs SET state = 'canceled', finished_at = COALESCE(finished_at, now()), updated_at = now()
      WHERE id = $1`,
    [id],
  );
  await tx.rows(
    `UPDATE job_steps SET state = 'queued', updated_at = now() WHERE job_id = $1 AND state = 'running'`,
    [id],
  );
  if (job.state === 'running') {
    await notifyWorkers(tx, CANCELED);
  }
  return job.state;
}

async function lockJob(
  tx: Transaction,
  id: JobId,
): Promise<{ readonly kind: string; readonly state: JobState } | undefined> {
  const [row] = await tx.rows<{ kind: string; state: JobState }>(
    'SELECT kind, state FROM jobs WHERE id = $1 FOR UPDATE',
    [id],
  );
  return row;
}
