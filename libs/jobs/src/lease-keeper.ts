import { describeCauses, type Logger, type SideConnection } from '@imgsrv/platform';
import { LeaseLostError } from './job.errors.js';
import type { JobState } from './job.js';
import type { Lease } from './job-store.js';

/** What is asked of a running job, to know whether its lease is worth renewing. */
export interface AttemptProgress {
  /** Aborted: the attempt is to end, and gets no more time. */
  readonly signal: AbortSignal;
  readonly sinceProgressMs: number;
}

/**
 * Renews the leases of all running jobs that get on, on a timer and connection of its own, six times a lease, so that
 * they outlast an outage of half their length. A lease that somebody else took, or that may soon expire because renewing
 * fails or hangs, is reported lost, and so is that of a job that was canceled.
 */
export class LeaseKeeper {
  private readonly held = new Map<string, HeldLease>();
  private timer: NodeJS.Timeout | undefined;
  private renewing: Promise<void> | undefined;
  private lookAgain = false;

  constructor(
    private readonly connection: SideConnection,
    private readonly leaseMs: number,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      this.loseThoseWithLessThan(this.leaseMs / 3);
      this.lookNow();
    }, this.leaseMs / 6);
  }

  /** Some lease may be lost: renews all, which shows which. */
  lookNow(): void {
    if (this.renewing !== undefined) {
      this.lookAgain = true;
      return;
    }
    this.renewing = this.renew().finally(() => {
      this.renewing = undefined;
      if (this.lookAgain) {
        this.lookAgain = false;
        this.lookNow();
      }
    });
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.renewing;
  }

  /** `onLost` is called at most once. */
  hold(lease: Lease, attempt: AttemptProgress, onLost: (error: LeaseLostError) => void): void {
    this.held.set(lease.token, { lease, attempt, onLost, expiresAtMs: performance.now() + this.leaseMs });
  }

  release(lease: Lease): void {
    this.held.delete(lease.token);
  }

  private async renew(): Promise<void> {
    const due = [...this.held.values()].filter(({ attempt }) => !attempt.signal.aborted);
    if (due.length === 0) {
      return;
    }
    const sentAtMs = performance.now();
    try {
      const rows = await this.connection.query(RENEW_LEASES, [
        due.map(({ lease }) => lease.jobId),
        due.map(({ lease }) => lease.token),
        due.map(({ attempt }) => attempt.sinceProgressMs),
        this.leaseMs,
      ]);
      const found = new Map(rows.map((row) => row as RenewedLease).map((row) => [row.token, row]));
      for (const held of due) {
        const row = found.get(held.lease.token);
        if (row?.ours !== true) {
          this.lose(held, row?.state);
        } else if (row.renewed) {
          held.expiresAtMs = sentAtMs + this.leaseMs;
        }
      }
    } catch (error) {
      this.logger.warn(
        { reason: describeCauses(error), jobs: due.length },
        'job leases could not be renewed',
      );
    }
  }

  /** Looked at on every tick, because a connection that hangs fails no renewal. */
  private loseThoseWithLessThan(leftMs: number): void {
    this.thoseWithLessThan(leftMs).forEach((held) => {
      this.lose(held);
    });
  }

  private thoseWithLessThan(leftMs: number): HeldLease[] {
    const nowMs = performance.now();
    return [...this.held.values()].filter(({ expiresAtMs }) => expiresAtMs - nowMs < leftMs);
  }

  private lose(held: HeldLease, state?: JobState): void {
    // A job that ended while the renewal was under way is no longer held and has lost nothing.
    if (this.held.delete(held.lease.token)) {
      held.onLost(new LeaseLostError(state));
    }
  }
}

interface HeldLease {
  readonly lease: Lease;
  readonly attempt: AttemptProgress;
  readonly onLost: (error: LeaseLostError) => void;
  expiresAtMs: number;
}

interface RenewedLease {
  readonly token: string;
  readonly state: JobState;
  /** False when somebody else has the job, or it is over. */
  readonly ours: boolean;
  /** False while a transaction holds the job: nobody else can take it then, and the next renewal follows soon. */
  readonly renewed: boolean;
}

/** Renews several leases in one statement that waits for no lock, and writes down how long ago each job got on. */
const RENEW_LEASES = `
  WITH held AS (
    SELECT jobs.id, held.token, held.idle_ms, jobs.state,
           jobs.lease_token = held.token AND jobs.state = 'running' AS ours
      FROM unnest($1::uuid[], $2::uuid[], $3::double precision[]) AS held (id, token, idle_ms)
      JOIN jobs ON jobs.id = held.id
  ), free AS (
    SELECT jobs.id FROM jobs JOIN held ON jobs.id = held.id AND jobs.lease_token = held.token
     WHERE jobs.state = 'running' FOR UPDATE OF jobs SKIP LOCKED
  ), renewed AS (
    UPDATE jobs SET lease_expires_at = now() + $4 * interval '1 millisecond',
           progressed_at = now() - held.idle_ms * interval '1 millisecond'
      FROM free JOIN held ON held.id = free.id WHERE jobs.id = free.id RETURNING jobs.id
  )
  SELECT held.token, held.state, held.ours IS TRUE AS ours, renewed.id IS NOT NULL AS renewed
    FROM held LEFT JOIN renewed ON renewed.id = held.id`;
