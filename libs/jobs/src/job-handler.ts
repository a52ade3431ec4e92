import type { Transaction } from '@imgsrv/platform';
import type { JobId, StepProgress } from './job.js';
import type { JobKind } from './job-kind.js';

/** Does the work of one kind of job. May run again after any crash, so everything it does is idempotent. */
export interface JobHandler<Payload extends object> {
  readonly kind: JobKind<Payload>;

  /**
   * Resolves when the work is done; the job is then completed unless `complete` was called. Throws
   * PermanentJobError when trying again cannot help; anything else is tried again with back-off. Stops soon
   * after `signal` aborts.
   */
  run(job: RunningJob<Payload>): Promise<void>;

  /** Records on the domain's own rows that the job ended in failure, in the transaction that fails it. */
  onFailed?(tx: Transaction, payload: Payload, reason: string): Promise<void>;
}

/** A job while this worker holds its lease. Every write goes through a fenced transaction. */
export interface RunningJob<Payload extends object> {
  readonly id: JobId;
  readonly payload: Payload;
  /** Counts from 1. */
  readonly attempt: number;
  /** Aborts when the lease is lost or the worker shuts down. */
  readonly signal: AbortSignal;

  /** One transaction that first checks the lease; rejects with LeaseLostError and writes nothing when it is lost. */
  fenced<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;

  /** `work` and the end of the job in one fenced transaction. At most once. Resolves with what `work` gave. */
  complete<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;

  /** Runs a persisted step, or skips it when an earlier attempt finished it. */
  step(name: string, run: (step: RunningStep) => Promise<void>): Promise<void>;
}

export interface RunningStep {
  /** Shown to whoever watches the job; written at most once a second. */
  reportProgress(progress: StepProgress): void;
}
