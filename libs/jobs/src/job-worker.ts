import { randomUUID } from 'node:crypto';
import { type Database, type Logger, logContext } from '@imgsrv/platform';
import type { WatchOptions } from './attempt-watch.js';
import type { BackoffOptions } from './backoff.js';
import { CircuitBreaker, type CircuitBreakerOptions } from './circuit-breaker.js';
import { CANCELED, JOBS_CHANNEL } from './enqueue-job.js';
import { JobExecution, type JobExecutionParts } from './job-execution.js';
import type { JobHandler } from './job-handler.js';
import { JOB_CLASSES } from './job-kind.js';
import { JobLane, type RunKind } from './job-lane.js';
import { type ClaimedJob, JobStore } from './job-store.js';
import type { JobsObserver } from './jobs-observer.js';
import { LeaseKeeper } from './lease-keeper.js';
import { openSideConnection } from './open-side-connection.js';

export interface JobWorkerOptions {
  readonly nodeName: string;
  /** Jobs of each class that run at once. */
  readonly concurrency: number;
  readonly leaseMs: number;
  readonly pollIntervalMs: number;
  readonly backoff: BackoffOptions;
  readonly breaker: CircuitBreakerOptions;
  readonly watch: WatchOptions;
}

/** The database's clock says when a job is due, ours when to look. */
const DUE_MARGIN_MS = 50;

/**
 * Claims and runs jobs until it is stopped, those of each class in a lane of their own. Any number of workers may run on
 * one database. Notifications make it look at once; without them it looks every poll interval.
 */
export class JobWorker {
  private readonly leases: LeaseKeeper;
  private readonly connection;
  private readonly kinds: readonly RunKind[];
  private readonly lanes: readonly JobLane[];

  constructor(
    database: Database,
    handlers: readonly JobHandler<object>[],
    private readonly options: JobWorkerOptions,
    private readonly observer: JobsObserver,
    private readonly logger: Logger,
  ) {
    const store = new JobStore(database);
    this.connection = openSideConnection(database, JOBS_CHANNEL, logger, (payload) => {
      this.hear(payload);
    });
    this.leases = new LeaseKeeper(this.connection, options.leaseMs, logger);
    this.kinds = handlers.map((handler) => ({
      handler,
      breaker: new CircuitBreaker(options.breaker, () => performance.now()),
    }));
    this.lanes = this.openLanes(store, `${options.nodeName}/${randomUUID().slice(0, 8)}`);
  }

  start(): void {
    this.connection.start();
    this.leases.start();
    this.lanes.forEach((lane) => {
      lane.start();
    });
  }

  /** To be called when a dependency came back: no kind rests any longer, and the queue is looked at at once. */
  retryNow(): void {
    this.kinds.forEach(({ breaker }) => {
      breaker.retryNow();
    });
    this.wakeUp();
  }

  /**
   * Stops claiming, lets running jobs end within `graceMs`, then aborts the rest and gives their leases back so
   * that another worker takes them at once.
   */
  async stop(graceMs: number): Promise<void> {
    await Promise.all(this.lanes.map((lane) => lane.stop(graceMs)));
    await this.leases.stop();
    await this.connection.close();
  }

  private openLanes(store: JobStore, workerId: string): JobLane[] {
    const parts: JobExecutionParts = {
      store,
      leases: this.leases,
      backoff: this.options.backoff,
      watch: this.options.watch,
      observer: this.observer,
      logger: this.logger,
      wakesIn: (delayMs) => {
        setTimeout(() => {
          this.wakeUp();
        }, delayMs + DUE_MARGIN_MS).unref();
      },
    };
    const run = (
      claimed: ClaimedJob,
      { handler, breaker }: RunKind,
      shutdown: AbortSignal,
    ): Promise<void> => {
      const execution = new JobExecution(claimed, handler, breaker, parts, shutdown);
      const fields = { job_id: claimed.lease.jobId, job_kind: claimed.lease.kind };
      return logContext.run(fields, () => execution.run());
    };
    const { concurrency: slots, leaseMs, pollIntervalMs } = this.options;
    const { logger } = this;
    return JOB_CLASSES.map((jobClass) => this.kinds.filter(({ handler }) => handler.kind.class === jobClass))
      .filter((kinds) => kinds.length > 0)
      .map((kinds) => new JobLane(kinds, { store, workerId, slots, leaseMs, pollIntervalMs, logger, run }));
  }

  /** `payload` is undefined when some may have been missed. */
  private hear(payload: string | undefined): void {
    if (payload === CANCELED || payload === undefined) {
      this.leases.lookNow();
    }
    this.wakeUp();
  }

  private wakeUp(): void {
    this.lanes.forEach((lane) => {
      lane.wakeUp();
    });
  }
}
