import { setTimeout as delay } from 'node:timers/promises';
import {
  DependencyUnavailableError,
  describeCauses,
  ImgsrvError,
  type Logger,
  openSpan,
} from '@imgsrv/platform';
import { backoffMs, type BackoffOptions } from './backoff.js';
import type { CircuitBreaker } from './circuit-breaker.js';
import { LeaseLostError, PermanentJobError } from './job.errors.js';
import type { JobHandler } from './job-handler.js';
import type { ClaimedJob, JobStore } from './job-store.js';
import type { JobOutcome, JobsObserver } from './jobs-observer.js';
import type { LeaseKeeper } from './lease-keeper.js';
import { LeasedJob } from './running-job.js';

export interface JobExecutionParts {
  readonly store: JobStore;
  readonly leases: LeaseKeeper;
  readonly backoff: BackoffOptions;
  readonly observer: JobsObserver;
  readonly logger: Logger;
  /** Told when the job went back to the queue for this long. */
  readonly retriesIn: (delayMs: number) => void;
}

const RECORD_RETRY_MS = 500;
const FAILURES: ReadonlySet<JobOutcome> = new Set(['retried', 'failed', 'lease-lost']);

/** One attempt at one job, from the claim to the recorded outcome. */
export class JobExecution {
  private readonly leaseLost = new AbortController();
  private readonly signal: AbortSignal;

  constructor(
    private readonly claimed: ClaimedJob,
    private readonly handler: JobHandler<object>,
    private readonly breaker: CircuitBreaker,
    private readonly parts: JobExecutionParts,
    private readonly shutdown: AbortSignal,
  ) {
    this.signal = AbortSignal.any([shutdown, this.leaseLost.signal]);
  }

  /** Never rejects. At most once. */
  async run(): Promise<void> {
    const { kind, jobId } = this.claimed.lease;
    const span = openSpan(`job ${kind}`, {
      kind: 'consumer',
      attributes: { 'imgsrv.job.id': jobId, 'imgsrv.job.attempt': this.claimed.attempt },
      // A job without a trace of its own begins one.
      parent: { traceparent: this.claimed.traceparent },
    });
    const startedAtMs = performance.now();
    this.parts.observer.began(kind);
    const breaker = this.breaker.state;
    const outcome = await span.run(() => this.execute());
    if (this.breaker.state !== breaker) {
      this.parts.observer.breakerChanged(kind, this.breaker.state);
    }
    this.parts.observer.ended(kind, outcome, performance.now() - startedAtMs);
    span.end({ attributes: { 'imgsrv.job.outcome': outcome }, failed: FAILURES.has(outcome) });
  }

  private async execute(): Promise<JobOutcome> {
    this.breaker.began();
    this.parts.leases.hold(this.claimed.lease, () => {
      this.leaseLost.abort(new LeaseLostError());
    });
    const outcome = await this.attempt().catch((error: unknown) => this.couldNotRecord(error));
    this.parts.leases.release(this.claimed.lease);
    return outcome;
  }

  private async attempt(): Promise<JobOutcome> {
    if (this.claimed.attempt > this.claimed.maxAttempts) {
      this.breaker.undecided();
      const begun = this.claimed.attempt - 1;
      return this.fail(`Gave up after ${begun} attempts: the worker stopped or lost its lease each time.`);
    }
    try {
      const payload = this.handler.kind.parsePayload(this.claimed.payload);
      const job = new LeasedJob(this.parts, this.claimed, payload, this.handler.kind.steps, this.signal);
      await this.handler.run(job);
      if (!job.isCompleted) {
        await job.complete(() => Promise.resolve());
      }
      this.breaker.succeeded();
      return 'succeeded';
    } catch (error) {
      return this.settle(error);
    }
  }

  private async settle(error: unknown): Promise<JobOutcome> {
    if (error instanceof LeaseLostError || this.leaseLost.signal.aborted) {
      this.breaker.undecided();
      this.parts.logger.warn('the lease on the job was lost; another worker has it');
      return 'lease-lost';
    }
    if (this.shutdown.aborted) {
      this.breaker.undecided();
      await this.parts.store.requeue(this.claimed.lease, { delayMs: 0, countAttempt: false });
      this.parts.logger.info('released the job for another worker');
      return 'released';
    }
    if (error instanceof PermanentJobError) {
      this.breaker.undecided();
      this.parts.logger.warn({ reason: describeCauses(error) }, 'the job failed for good');
      return this.fail(error.message);
    }
    this.breaker.failed();
    return this.retry(error);
  }

  /**
   * An outage is nobody's fault and takes no attempt away: the job waits until the dependency is back. It is due
   * again soon, however long the outage lasts, because it is the breaker that keeps the dependency from being
   * asked too often. Anything else that recurs counts as poison after the last attempt.
   */
  private async retry(error: unknown): Promise<JobOutcome> {
    const outage = error instanceof DependencyUnavailableError;
    if (!outage && this.claimed.attempt >= this.claimed.maxAttempts) {
      this.parts.logger.error(
        { err: error, attempt: this.claimed.attempt },
        'the job failed at its last attempt',
      );
      return this.fail(messageForCaller(error));
    }
    const failures = outage ? 1 : this.claimed.attempt;
    const delayMs = backoffMs(failures, this.parts.backoff);
    this.parts.logger.warn(
      {
        ...(outage ? { reason: describeCauses(error) } : { err: error }),
        attempt: this.claimed.attempt,
        retry_ms: delayMs,
      },
      'the job will be tried again',
    );
    const reason = messageForCaller(error);
    await this.record(() =>
      this.parts.store.requeue(this.claimed.lease, { delayMs, countAttempt: !outage, reason }),
    );
    this.parts.retriesIn(delayMs);
    return 'retried';
  }

  private async fail(reason: string): Promise<JobOutcome> {
    await this.record(() =>
      this.parts.store.fenced(this.claimed.lease, async (tx) => {
        const payload = this.readablePayload();
        if (payload !== undefined) {
          await this.handler.onFailed?.(tx, payload, reason);
        }
        await this.parts.store.fail(tx, this.claimed.lease, reason);
      }),
    );
    return 'failed';
  }

  /**
   * Waits an outage of the database out as long as the lease is ours: an outcome that is never written costs an
   * attempt and the rest of the lease.
   */
  private async record(write: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        await write();
        return;
      } catch (error) {
        if (!(error instanceof DependencyUnavailableError)) {
          throw error;
        }
        await delay(RECORD_RETRY_MS, undefined, { signal: this.signal }).catch(() => undefined);
        if (this.signal.aborted) {
          throw error;
        }
      }
    }
  }

  /** Undefined for a payload that no handler can read: such a job must still be able to fail. */
  private readablePayload(): object | undefined {
    try {
      return this.handler.kind.parsePayload(this.claimed.payload);
    } catch {
      return undefined;
    }
  }

  /** The outcome stays unwritten; the lease runs out and another worker takes the job. */
  private couldNotRecord(error: unknown): JobOutcome {
    this.parts.logger.warn(
      { err: error },
      'the outcome of the job could not be recorded; its lease will run out',
    );
    return 'lease-lost';
  }
}

/** Our own errors speak to callers; of anything else only the log says more. */
function messageForCaller(error: unknown): string {
  return error instanceof ImgsrvError
    ? error.message
    : 'An internal error, described in the log of the worker.';
}
