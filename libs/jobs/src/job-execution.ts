import { setTimeout as delay } from 'node:timers/promises';
import { DependencyUnavailableError, describeCauses, type Logger, openSpan } from '@imgsrv/platform';
import { AttemptWatch, type WatchOptions } from './attempt-watch.js';
import { backoffMs, type BackoffOptions } from './backoff.js';
import type { CircuitBreaker } from './circuit-breaker.js';
import { blameFor, reasonForCaller } from './failure-blame.js';
import { LeaseLostError } from './job.errors.js';
import type { JobHandler } from './job-handler.js';
import type { ClaimedJob, JobStore } from './job-store.js';
import type { JobOutcome, JobsObserver } from './jobs-observer.js';
import type { LeaseKeeper } from './lease-keeper.js';
import { LeasedJob } from './running-job.js';

export interface JobExecutionParts {
  readonly store: JobStore;
  readonly leases: LeaseKeeper;
  readonly backoff: BackoffOptions;
  readonly watch: WatchOptions;
  readonly observer: JobsObserver;
  readonly logger: Logger;
  /** Told when there may be something to claim: a job went back to the queue for this long, or its kind rests. */
  readonly wakesIn: (delayMs: number) => void;
}

const RECORD_RETRY_MS = 500;
const OUTAGE_RETRY_MS = 1000;
const FAILURES: ReadonlySet<JobOutcome> = new Set(['retried', 'failed', 'lease-lost']);

/** One attempt at one job, from the claim to the recorded outcome. */
export class JobExecution {
  private readonly leaseLost = new AbortController();
  private readonly watch: AttemptWatch;

  constructor(
    private readonly claimed: ClaimedJob,
    private readonly handler: JobHandler<object>,
    private readonly breaker: CircuitBreaker,
    private readonly parts: JobExecutionParts,
    private readonly shutdown: AbortSignal,
  ) {
    this.watch = new AttemptWatch('The job', handler.kind.timeLimit, parts.watch, [
      this.leaseLost.signal,
      shutdown,
    ]);
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
    this.parts.leases.hold(this.claimed.lease, this.watch, (error) => {
      this.leaseLost.abort(error);
    });
    const outcome = await this.attempt().catch((error: unknown) => this.couldNotRecord(error));
    this.parts.leases.release(this.claimed.lease);
    this.watch.close();
    return outcome;
  }

  private async attempt(): Promise<JobOutcome> {
    if (this.claimed.attempt > this.claimed.maxAttempts) {
      this.breaker.undecided();
      const begun = this.claimed.attempt - 1;
      return this.fail(`Gave up after ${begun} attempts: the worker stopped or lost its lease each time.`);
    }
    try {
      await Promise.race([this.work(), this.watch.abandoned]);
      this.breaker.succeeded();
      return 'succeeded';
    } catch (error) {
      if (this.watch.isAbandoned) {
        this.parts.logger.error(
          { reason: describeCauses(error) },
          'the handler of a job did not stop in time and was abandoned; it can write nothing more',
        );
      }
      // Once the signal has aborted, what the handler throws is only what follows from that.
      return this.settle(this.watch.signal.aborted ? this.watch.signal.reason : error);
    }
  }

  private async work(): Promise<void> {
    const payload = this.handler.kind.parsePayload(this.claimed.payload);
    const job = new LeasedJob(this.parts, this.claimed, payload, this.handler.kind.steps, this.watch);
    await this.handler.run(job);
    if (!job.isCompleted) {
      await job.complete(() => Promise.resolve());
    }
  }

  private async settle(error: unknown): Promise<JobOutcome> {
    const blame = blameFor(error);
    if (blame === 'dependency') {
      this.breaker.failed();
      if (this.breaker.state === 'open') {
        this.parts.wakesIn(this.breaker.restsForMs);
      }
    } else {
      this.breaker.undecided();
    }
    if (error instanceof LeaseLostError) {
      return this.lost(error);
    }
    if (this.shutdown.aborted && error === this.shutdown.reason) {
      await this.parts.store.requeue(this.claimed.lease, { delayMs: 0, countAttempt: false });
      this.parts.logger.info('released the job for another worker');
      return 'released';
    }
    if (blame === 'job') {
      this.parts.logger.warn({ reason: describeCauses(error) }, 'the job failed for good');
      return this.fail(reasonForCaller(error));
    }
    return this.retry(error, blame === 'dependency');
  }

  private lost(error: LeaseLostError): JobOutcome {
    if (error.isCanceled) {
      this.parts.logger.info('the job was canceled');
      return 'canceled';
    }
    this.parts.logger.warn('the lease on the job was lost; another worker has it');
    return 'lease-lost';
  }

  /**
   * An outage is nobody's fault and takes no attempt away: the job waits until the dependency is back. It is due
   * again soon, however long the outage lasts, because it is the breaker that keeps the dependency from being
   * asked too often. Anything else that recurs counts as poison after the last attempt.
   */
  private async retry(error: unknown, isOutage: boolean): Promise<JobOutcome> {
    const { attempt, maxAttempts, lease } = this.claimed;
    const reason = reasonForCaller(error);
    if (!isOutage && attempt >= maxAttempts) {
      this.parts.logger.error({ err: error, attempt }, 'the job failed at its last attempt');
      return this.fail(reason);
    }
    const { backoff } = this.parts;
    const delayMs = isOutage
      ? backoffMs(1, { ...backoff, firstMs: Math.min(backoff.firstMs, OUTAGE_RETRY_MS) })
      : backoffMs(attempt, backoff);
    this.parts.logger.warn(
      { ...(isOutage ? { reason: describeCauses(error) } : { err: error }), attempt, retry_ms: delayMs },
      'the job failed and will be retried',
    );
    await this.record(() => this.parts.store.requeue(lease, { delayMs, countAttempt: !isOutage, reason }));
    this.parts.wakesIn(delayMs);
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
    const given = AbortSignal.any([this.leaseLost.signal, this.shutdown]);
    for (;;) {
      try {
        await write();
        return;
      } catch (error) {
        if (!(error instanceof DependencyUnavailableError)) {
          throw error;
        }
        await delay(RECORD_RETRY_MS, undefined, { signal: given }).catch(() => undefined);
        if (given.aborted) {
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
    if (error instanceof LeaseLostError) {
      return this.lost(error);
    }
    this.parts.logger.warn(
      { err: error },
      'the outcome of the job could not be recorded; its lease will expire',
    );
    return 'lease-lost';
  }
}
