import type { Connection, Database } from '@imgsrv/platform';
import type { Job, JobId, JobState, JobStep, JobStepState } from './job.js';

/** Reads jobs with their steps. */
export class JobReader {
  constructor(private readonly database: Database) {}

  async find(id: JobId): Promise<Job | undefined> {
    return this.database.snapshot((connection) => findJob(connection, id));
  }
}

/** The job as `tx` sees it. */
export async function findJob(connection: Connection, id: JobId): Promise<Job | undefined> {
  const [job] = await findJobs(connection, [id]);
  return job;
}

/** Those of the jobs that there are, in no order; two statements for any number. */
export async function findJobs(connection: Connection, ids: readonly JobId[]): Promise<Job[]> {
  const rows = await connection.rows<JobRow>(
    `SELECT id, kind, payload, state, attempt, max_attempts, last_error, started_at, finished_at, created_at, updated_at
       FROM jobs WHERE id = ANY ($1)`,
    [ids],
  );
  if (rows.length === 0) {
    return [];
  }
  const steps = await connection.rows<StepRow>(
    `SELECT id, job_id, name, state, sequence, attempt_count, started_at, finished_at, failure_message, detail,
            progress_done_bytes, progress_total_bytes, created_at, updated_at
       FROM job_steps WHERE job_id = ANY ($1) ORDER BY sequence`,
    [ids],
  );
  return rows.map((row) =>
    toJob(
      row,
      steps.filter((step) => step.job_id === row.id),
    ),
  );
}

interface JobRow {
  readonly id: JobId;
  readonly kind: string;
  readonly payload: unknown;
  readonly state: JobState;
  readonly attempt: number;
  readonly max_attempts: number;
  readonly last_error: string | null;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

interface StepRow {
  readonly id: string;
  readonly job_id: JobId;
  readonly name: string;
  readonly state: JobStepState;
  readonly sequence: number;
  readonly attempt_count: number;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
  readonly failure_message: string | null;
  readonly detail: string | null;
  readonly progress_done_bytes: string | null;
  readonly progress_total_bytes: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

function toJob(row: JobRow, steps: readonly StepRow[]): Job {
  return {
    id: row.id,
    kind: row.kind,
    payload: row.payload,
    state: row.state,
    attempt: row.attempt,
    maxAttempts: row.max_attempts,
    ...(row.last_error === null ? {} : { lastError: row.last_error }),
    ...(row.started_at === null ? {} : { startedAt: row.started_at }),
    ...(row.finished_at === null ? {} : { finishedAt: row.finished_at }),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    steps: steps.map(toStep),
  };
}

function toStep(row: StepRow): JobStep {
  return {
    id: row.id,
    jobId: row.job_id,
    name: row.name,
    state: row.state,
    sequence: row.sequence,
    attemptCount: row.attempt_count,
    ...(row.started_at === null ? {} : { startedAt: row.started_at }),
    ...(row.finished_at === null ? {} : { finishedAt: row.finished_at }),
    ...(row.failure_message === null ? {} : { failureMessage: row.failure_message }),
    ...(row.detail === null ? {} : { detail: row.detail }),
    ...(row.progress_done_bytes === null || row.progress_total_bytes === null
      ? {}
      : {
          progress: {
            doneBytes: Number(row.progress_done_bytes),
            totalBytes: Number(row.progress_total_bytes),
          },
        }),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
