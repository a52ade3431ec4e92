import type { Connection, Figure } from '@imgsrv/platform';
import type { JobKind } from './job-kind.js';

/**
 * Jobs that wait or run, how long the oldest has, and the longest time that a running one made no progress, of each of
 * `kinds`: 0 when there is none, so that whoever scales or alerts by them always has a number. Reads live jobs only,
 * through their indexes.
 */
export async function readQueueFigures(
  connection: Connection,
  kinds: readonly Pick<JobKind<object>, 'name'>[],
): Promise<Figure[]> {
  const rows = await connection.rows<QueueRow>(
    `SELECT expected.kind, COALESCE(queued.jobs, 0) AS queued, COALESCE(running.jobs, 0) AS running,
            ${ageOf('queued.since')} AS queued_seconds, ${ageOf('running.since')} AS running_seconds,
            ${ageOf('running.progressed')} AS stalled_seconds
       FROM unnest($1::text[]) AS expected (kind)
       LEFT JOIN (SELECT kind, count(*)::integer AS jobs, min(created_at) AS since
                    FROM jobs WHERE state = 'queued' GROUP BY kind) AS queued USING (kind)
       LEFT JOIN (SELECT kind, count(*)::integer AS jobs, min(started_at) AS since,
                         min(GREATEST(progressed_at, started_at)) AS progressed
                    FROM jobs WHERE state = 'running' GROUP BY kind) AS running USING (kind)`,
    [kinds.map(({ name }) => name)],
  );
  return rows.flatMap(({ kind, ...row }): Figure[] => [
    { figure: 'jobs', labels: { kind, state: 'queued' }, value: row.queued },
    { figure: 'jobs', labels: { kind, state: 'running' }, value: row.running },
    { figure: 'oldest_queued_job_age', labels: { kind }, value: row.queued_seconds },
    { figure: 'oldest_running_job_age', labels: { kind }, value: row.running_seconds },
    { figure: 'job_without_progress', labels: { kind }, value: row.stalled_seconds },
  ]);
}

function ageOf(time: string): string {
  return `GREATEST(0, COALESCE(extract(epoch FROM now() - ${time}), 0))::float8`;
}

/** Jobs that are over and still kept, by kind and state. Its cost grows with their number. */
export async function countFinishedJobs(connection: Connection): Promise<Figure[]> {
  const rows = await connection.rows<{ kind: string; state: string; jobs: string }>(
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
  readonly queued: number;
  readonly running: number;
  readonly queued_seconds: number;
  readonly running_seconds: number;
  readonly stalled_seconds: number;
}
