import type { Database, Transaction } from '@imgsrv/platform';
import { CLAIM_FAIRLY, CLAIM_TRIAL } from './claim.js';
import { notifyWorkers } from './enqueue-job.js';
import { LeaseLostError } from './job.errors.js';
import type { JobId, JobState, StepProgress } from './job.js';
import type { StepDefinition } from './job-kind.js';

/** The right to work on one job; every write for the job is checked against the token. */
export interface Lease {
  readonly jobId: JobId;
  readonly kind: string;
  readonly token: string;
}

export interface ClaimedJob {
  readonly lease: Lease;
  readonly payload: unknown;
  /** Counts from 1; greater than `maxAttempts` when earlier workers died of it. */
  readonly attempt: number;
  readonly maxAttempts: number;
  /** The span that caused the job, as a W3C `traceparent`. */
  readonly traceparent?: string;
}

/** A transaction that holds a job's row is not left open for longer than this by a handler that hangs inside it. */
const LONGEST_IDLE_MS = 60_000;

const FENCE = `
  SELECT id, set_config('idle_in_transaction_session_timeout', $3, true)
    FROM jobs WHERE id = $1 AND lease_token = $2 AND state = 'running' FOR UPDATE`;

/** The queue's statements. Time is the database's clock throughout. */
export class JobStore {
  constructor(private readonly database: Database) {}

  /** Takes the next job of the given kinds: each fairness key in turn, and of its jobs one whose lease has expired first. */
  async claim(kinds: readonly string[], workerId: string, leaseMs: number): Promise<ClaimedJob | undefined> {
    return this.take(CLAIM_FAIRLY, kinds, workerId, leaseMs);
  }

  /** Takes the job of a kind that was begun least often. */
  async claimTrial(kind: string, workerId: string, leaseMs: number): Promise<ClaimedJob | undefined> {
    return this.take(CLAIM_TRIAL, kind, workerId, leaseMs);
  }

  /** Runs `work` in a transaction that holds the job's row; throws LeaseLostError when the lease is not ours any more. */
  async fenced<T>(lease: Lease, work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.database.transaction(async (tx) => {
      const rows = await tx.rows(FENCE, [lease.jobId, lease.token, `${LONGEST_IDLE_MS}ms`]);
      if (rows.length === 0) {
        const [now] = await tx.rows<{ state: JobState }>('SELECT state FROM jobs WHERE id = $1', [
          lease.jobId,
        ]);
        throw new LeaseLostError(now?.state);
      }
      return work(tx);
    });
  }

  /** Ends a job well, with the steps that still run. Part of a fenced transaction. */
  async succeed(tx: Transaction, lease: Lease): Promise<void> {
    await this.finish(tx, lease, 'succeeded', null);
  }

  /** Ends a job for good, with the steps that still run. Part of a fenced transaction. */
  async fail(tx: Transaction, lease: Lease, reason: string): Promise<void> {
    await this.finish(tx, lease, 'failed', reason);
  }

  /**
   * Gives the job back to the queue. With a reason it waits `delayMs`; without one another worker is called at
   * once. `countAttempt` false takes the attempt back.
   */
  async requeue(
    lease: Lease,
    how: { readonly delayMs: number; readonly countAttempt: boolean; readonly reason?: string },
  ): Promise<void> {
    await this.fenced(lease, async (tx) => {
      await tx.rows(
        `UPDATE job_steps SET state = 'queued', failure_message = COALESCE($2, failure_message), updated_at = now()
          WHERE job_id = $1 AND state = 'running'`,
        [lease.jobId, how.reason ?? null],
      );
      await tx.rows(
        `UPDATE jobs SET state = 'queued', lease_token = NULL, lease_expires_at = NULL, worker_id = NULL,
                run_after = now() + $2 * interval '1 millisecond', attempt = attempt - $3,
                last_error = COALESCE($4, last_error), updated_at = now()
          WHERE id = $1`,
        [lease.jobId, how.delayMs, how.countAttempt ? 0 : 1, how.reason ?? null],
      );
      if (how.delayMs === 0) {
        await notifyWorkers(tx, lease.kind);
      }
    });
  }

  /**
   * Marks a step as running. False when it succeeded in an earlier attempt and need not run again. A job that an
   * older release queued may lack the step; it is added then, never left out.
   */
  async beginStep(lease: Lease, { name, sequence }: StepDefinition): Promise<boolean> {
    return this.fenced(lease, async (tx) => {
      await tx.rows(
        `INSERT INTO job_steps (job_id, name, sequence) VALUES ($1, $2, $3) ON CONFLICT (job_id, name) DO NOTHING`,
        [lease.jobId, name, sequence],
      );
      const rows = await tx.rows(
        `UPDATE job_steps SET state = 'running', attempt_count = attempt_count + 1, finished_at = NULL,
                started_at = COALESCE(started_at, now()), updated_at = now()
          WHERE job_id = $1 AND name = $2 AND state <> 'succeeded' RETURNING id`,
        [lease.jobId, name],
      );
      return rows.length > 0;
    });
  }

  /** `detail`: what the step tells of how it went. */
  async succeedStep(lease: Lease, name: string, detail?: string): Promise<void> {
    await this.fenced(lease, async (tx) => {
      await tx.rows(
        `UPDATE job_steps SET state = 'succeeded', failure_message = NULL, detail = $3, finished_at = now(),
                updated_at = now()
          WHERE job_id = $1 AND name = $2 AND state = 'running'`,
        [lease.jobId, name, detail ?? null],
      );
    });
  }

  async recordProgress(lease: Lease, stepName: string, progress: StepProgress): Promise<void> {
    await this.fenced(lease, async (tx) => {
      await tx.rows(
        `UPDATE job_steps SET progress_done_bytes = $3, progress_total_bytes = $4, updated_at = now()
          WHERE job_id = $1 AND name = $2`,
        [lease.jobId, stepName, progress.doneBytes, progress.totalBytes],
      );
    });
  }

  private async take(
    statement: string,
    kinds: string | readonly string[],
    workerId: string,
    leaseMs: number,
  ): Promise<ClaimedJob | undefined> {
    const [row] = await this.database.write((tx) => tx.rows<ClaimRow>(statement, [kinds, leaseMs, workerId]));
    return row === undefined
      ? undefined
      : {
          lease: { jobId: row.id, kind: row.kind, token: row.lease_token },
          payload: row.payload,
          attempt: row.attempt,
          maxAttempts: row.max_attempts,
          ...(row.traceparent === null ? {} : { traceparent: row.traceparent }),
        };
  }

  private async finish(
    tx: Transaction,
    lease: Lease,
    state: 'succeeded' | 'failed',
    reason: string | null,
  ): Promise<void> {
    const rows = await tx.rows(
      `WITH job AS (
         UPDATE jobs SET state = $3, lease_token = NULL, lease_expires_at = NULL, worker_id = NULL,
                last_error = COALESCE($4, last_error), finished_at = now(), updated_at = now()
          WHERE id = $1 AND lease_token = $2 AND state = 'running' RETURNING id
       ), steps AS (
         UPDATE job_steps SET state = $3, failure_message = $4, finished_at = now(), updated_at = now()
           FROM job WHERE job_steps.job_id = job.id AND job_steps.state = 'running'
       )
       SELECT id FROM job`,
      [lease.jobId, lease.token, state, reason],
    );
    if (rows.length === 0) {
      throw new LeaseLostError();
    }
  }
}

interface ClaimRow {
  readonly id: JobId;
  readonly kind: string;
  readonly payload: unknown;
  readonly attempt: number;
  readonly max_attempts: number;
  readonly lease_token: string;
  readonly traceparent: string | null;
}
