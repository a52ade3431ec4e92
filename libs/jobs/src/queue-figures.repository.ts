import type { Figure, Transaction } from '@imgsrv/platform';

/** Jobs that wait or run, and how long the oldest has, by kind. Reads live jobs only, through their indexes. */
export async function readQueueFigures(tx: Transaction): Promise<Figure[]> {
  const rows = await tx.rows<QueueRow>(
    `SELECT kind, state, jobs, extract(epoch FROM now() - since)::float8 AS age_seconds FROM (
       SELECT kind, 'queued' AS state, count(*)::integer AS jobs, min(created_at) AS since
         FROM jobs WHERE state = 'queued' GROUP BY kind
       UNION ALL
       SELECT kind, 'running', count(*)::integer, min(started_at)
         FROM jobs WHERE state = 'running' GROUP BY kind) AS live`,
  );
  return rows.flatMap(({ kind, state, jobs, age_seconds }): Figure[] => [
    { figure: 'jobs', labels: { kind, state }, value: jobs },
    { figure: `oldest_${state}_job_age`, labels: { kind }, value: Math.max(0, age_seconds) },
  ]);
}

/** Jobs that are over and still kept, by kind and state. Its cost grows with their number. */
export async function countFinishedJobs(tx: Transaction): Promise<Figure[]> {
  const rows = await tx.rows<{ kind: string; state: string; jobs: string }>(
    `SELECT kind, state, count(*) AS jobs FROM jobs WHERE state IN ('succeeded', 'failed', 'canceled')
      GROUP BY kind, state`,
  );
  return rows.map(({ kind, state, jobs }) => ({
    figure: 'jobs',
    labels: { kind, state },
    value: Number(jobs),
  }));
}

interface QueueRow {
  readonly kind: string;
  readonly state: 'queued' | 'running';
  readonly jobs: number;
  readonly age_seconds: number;
}
