import { type Connection, currentTraceparent, type Transaction } from '@imgsrv/platform';
import type { JobId } from './job.js';
import type { JobKind } from './job-kind.js';

/** The NOTIFY channel that tells workers to look at once. The payload is the job kind, or CANCELED. */
export const JOBS_CHANNEL = 'imgsrv_jobs';
/** Some job was canceled; a worker that runs it has lost its lease. */
export const CANCELED = 'canceled!';

export interface EnqueueOptions {
  /** While a job of this kind and key is queued or running, enqueueing another is left out. */
  readonly singletonKey?: string;
  /** Whom the job is for. The jobs of different keys are taken in turn, those without one as of one more key. */
  readonly fairnessKey?: string;
}

/**
 * Adds a job in the caller's transaction: it exists when, and only when, that transaction commits. The
 * notification is a hint; workers find the job by polling too. The job belongs to the trace that is active.
 * Returns the id, or that of the singleton already there.
 */
export async function enqueueJob<P extends object>(
  tx: Transaction,
  kind: JobKind<P>,
  payload: P,
  options: EnqueueOptions = {},
): Promise<JobId> {
  const singletonKey = options.singletonKey ?? null;
  const steps = kind.steps.filter(({ isOptional }) => isOptional !== true);
  const [inserted] = await tx.rows<{ id: JobId }>(ENQUEUE, [
    kind.name,
    JSON.stringify(payload),
    kind.maxAttempts,
    singletonKey,
    currentTraceparent() ?? null,
    steps.map(({ name }) => name),
    steps.map(({ sequence }) => sequence),
    JOBS_CHANNEL,
    options.fairnessKey ?? '',
  ]);
  return inserted === undefined ? findSingleton(tx, kind.name, singletonKey) : inserted.id;
}

/** The job, its steps and the notification in one round trip. */
const ENQUEUE = `
  WITH job AS (
    INSERT INTO jobs (kind, payload, max_attempts, singleton_key, traceparent, fairness_key)
    VALUES ($1, $2, $3, $4, $5, $9)
    ON CONFLICT (kind, singleton_key) WHERE singleton_key IS NOT NULL AND state IN ('queued', 'running')
    DO NOTHING RETURNING id, kind
  ), steps AS (
    INSERT INTO job_steps (job_id, name, sequence)
    SELECT job.id, step.name, step.sequence
      FROM job, unnest($6::text[], $7::integer[]) AS step (name, sequence)
  )
  SELECT id, pg_notify($8, kind) FROM job`;

export async function notifyWorkers(tx: Transaction, payload: string): Promise<void> {
  await tx.rows('SELECT pg_notify($1, $2)', [JOBS_CHANNEL, payload]);
}

async function findSingleton(
  connection: Connection,
  kindName: string,
  singletonKey: string | null,
): Promise<JobId> {
  const [row] = await connection.rows<{ id: JobId }>(
    `SELECT id FROM jobs WHERE kind = $1 AND singleton_key = $2 ORDER BY created_at DESC LIMIT 1`,
    [kindName, singletonKey],
  );
  if (row === undefined) {
    throw new Error(`the singleton job ${kindName} is neither there nor insertable`);
  }
  return row.id;
}
