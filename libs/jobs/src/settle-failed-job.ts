import { currentTraceparent, type Transaction } from '@imgsrv/platform';
import { notifyWorkers } from './enqueue-job.js';
import { JobNotFailedError } from './job.errors.js';
import type { JobId } from './job.js';

/**
 * Queues a failed job again, from its first step that has not succeeded and with a fresh count of attempts.
 * From now on it belongs to the trace of the caller. Throws JobNotFailedError in any other state.
 */
export async function retryFailedJob(tx: Transaction, id: JobId): Promise<void> {
  const kind = await lockFailed(tx, id);
  await tx.rows(
    `UPDATE jobs SET state = 'queued', attempt = 0, run_after = now(), finished_at = NULL, updated_at = now(),
            traceparent = COALESCE($2, traceparent)
      WHERE id = $1`,
    [id, currentTraceparent() ?? null],
  );
  await tx.rows(
    `UPDATE job_steps SET state = 'queued', failure_message = NULL, finished_at = NULL, updated_at = now()
      WHERE job_id = $1 AND state IN ('failed', 'skipped', 'running')`,
    [id],
  );
  await notifyWorkers(tx, kind);
}

/** Gives a failed job up for good. Throws JobNotFailedError in any other state. */
export async function cancelFailedJob(tx: Transaction, id: JobId): Promise<void> {
  await lockFailed(tx, id);
  await tx.rows(`UPDATE jobs SET state = 'canceled', updated_at = now() WHERE id = $1`, [id]);
}

async function lockFailed(tx: Transaction, id: JobId): Promise<string> {
  const [row] = await tx.rows<{ kind: string; state: string }>(
    'SELECT kind, state FROM jobs WHERE id = $1 FOR UPDATE',
    [id],
  );
  if (row?.state !== 'failed') {
    throw new JobNotFailedError(row?.state ?? 'absent');
  }
  return row.kind;
}
