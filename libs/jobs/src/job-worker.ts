import { randomUUID } from 'node:crypto';
import { type Database, describeCauses, type Logger, logContext } from '@imgsrv/platform';
import type { BackoffOptions } from './backoff.js';
import { CircuitBreaker, type CircuitBreakerOptions } from './circuit-breaker.js';
import { JOBS_CHANNEL } from './enqueue-job.js';
import { JobExecution } from './job-execution.js';
import type { JobHandler } from './job-handler.js';
import { JobStore, type ClaimedJob } from './job-store.js';
import type { JobsObserver } from './jobs-observer.js';
import { LeaseKeeper } from './lease-keeper.js';
import { openSideConnection } from './open-side-connection.js';

export interface JobWorkerOptions {
  readonly nodeName: string;
  readonly concurrency: number;
  readonly leaseMs: number;
  readonly pollIntervalMs: number;
  readonly backoff: BackoffOptions;
  readonly breaker: CircuitBreakerOptions;
}

const CLAIM_RETRY_MS = 500;
/** The database's clock says when a job is due, ours when to look. */
const DUE_MARGIN_MS = 50;

/**
 * Claims and runs jobs until it is stopped. Any number of workers may run on one database. Notifications make it
 * look at once; without them it looks every poll interval.
 */
export class JobWorker {
  private readonly store: JobStore;
  private readonly leases: LeaseKeeper;
  private readonly connection;
  private readonly breakers: ReadonlyMap<string, CircuitBreaker>;
  private readonly handlers: ReadonlyMap<string, JobHandler<object>>;
  private readonly running = new Map<Promise<void>, AbortController>();
  private readonly workerId: string;
  private stopping = false;
  private wake: () => void = () => undefined;
  private woken = false;
  private loop: Promise<void> | undefined;

  constructor(
    database: Database,
    handlers: readonly JobHandler<object>[],
    private readonly options: JobWorkerOptions,
    private readonly observer: JobsObserver,
    private readonly logger: Logger,
  ) {
    this.workerId = `${options.nodeName}/${randomUUID().slice(0, 8)}`;
    this.store = new JobStore(database);
    this.connection = openSideConnection(database, JOBS_CHANNEL, logger, () => {
      this.wakeUp();
    });
    this.leases = new LeaseKeeper(this.connection, options.leaseMs, logger);
    this.handlers = new Map(handlers.map((handler) => [handler.kind.name, handler]));
    this.breakers = new Map(
      handlers.map((handler) => [
        handler.kind.name,
        new CircuitBreaker(options.breaker, () => performance.now()),
      ]),
    );
  }

  start(): void {
    this.connection.start();
    this.leases.start();
    this.loop = this.run();
  }

  /** To be called when a dependency came back: no kind rests any longer, and the queue is looked at at once. */
  retryNow(): void {
    this.breakers.forEach((breaker) => {
      breaker.retryNow();
    });
    this.wakeUp();
  }

  /**
   * Stops claiming, lets running jobs end within `graceMs`, then aborts the rest and gives their leases back so
   * that another worker takes them at once.
   */
  async stop(graceMs: number): Promise<void> {
    this.stopping = true;
    this.wakeUp();
    await this.loop;
    const timer = setTimeout(() => {
      for (const abort of this.running.values()) {
        abort.abort(new Error('the worker is shutting down'));
      }
    }, graceMs);
    await Promise.all(this.running.keys());
    clearTimeout(timer);
    await this.leases.stop();
    await this.connection.close();
  }

  private async run(): Promise<void> {
    while (!this.isStopping()) {
      const claimed = await this.claimOne();
      if (claimed === 'nothing') {
        await this.idle(this.options.pollIntervalMs);
      } else if (claimed === 'unavailable') {
        await this.idle(CLAIM_RETRY_MS);
      }
    }
  }

  private isStopping(): boolean {
    return this.stopping;
  }

  private async claimOne(): Promise<'claimed' | 'nothing' | 'unavailable'> {
    const kinds = [...this.breakers].filter(([, breaker]) => breaker.allows).map(([kind]) => kind);
    if (this.running.size >= this.options.concurrency || kinds.length === 0) {
      return 'nothing';
    }
    try {
      const claimed = await this.store.claim(kinds, this.workerId, this.options.leaseMs);
      if (claimed === undefined) {
        return 'nothing';
      }
      this.begin(claimed);
      return 'claimed';
    } catch (error) {
      this.logger.warn({ reason: describeCauses(error) }, 'could not look for jobs');
      return 'unavailable';
    }
  }

  private begin(claimed: ClaimedJob): void {
    const handler = this.handlers.get(claimed.lease.kind);
    const breaker = this.breakers.get(claimed.lease.kind);
    if (handler === undefined || breaker === undefined) {
      throw new Error(`claimed a job of the unknown kind ${claimed.lease.kind}`);
    }
    const shutdown = new AbortController();
    const parts = {
      store: this.store,
      leases: this.leases,
      backoff: this.options.backoff,
      observer: this.observer,
      logger: this.logger,
      retriesIn: (delayMs: number) => {
        setTimeout(() => {
          this.wakeUp();
        }, delayMs + DUE_MARGIN_MS).unref();
      },
    };
    const execution = new JobExecution(claimed, handler, breaker, parts, shutdown.signal);
    const fields = { job_id: claimed.lease.jobId, job_kind: claimed.lease.kind };
    const done = logContext
      .run(fields, () => execution.run())
      .finally(() => {
        this.running.delete(done);
        this.wakeUp();
      });
    this.running.set(done, shutdown);
  }

  private wakeUp(): void {
    this.woken = true;
    this.wake();
  }

  /** Waits for a notification, a free slot or the interval. */
  private async idle(intervalMs: number): Promise<void> {
    if (!this.woken) {
      // Jitter keeps many workers from asking in step.
      const timeoutMs = intervalMs * (0.75 + Math.random() / 4);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.woken = false;
  }
}
