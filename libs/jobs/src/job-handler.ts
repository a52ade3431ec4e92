import type { Transaction } from '@imgsrv/platform';
import type { JobId, StepProgress } from './job.js';
import type { JobKind } from './job-kind.js';

/** Does the work of one kind of job. May run again after any crash, so everything it does is idempotent. */
export interface JobHandler<Payload extends object> {
  readonly kind: JobKind<Payload>;

  /**
   * Resolves when the work is done; the job is then completed unless `complete` was called. Throws
   * PermanentJobError when trying again cannot help; anything else is tried again with back-off. Stops soon
   * after `signal` aborts; one that does not is abandoned, and can write nothing any more.
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
  /**
   * Aborts when the lease is lost, the job was canceled, the worker shuts down, a time limit is over or there was no
   * progress for too long.
   */
  readonly signal: AbortSignal;

  /** So many more bytes are going to be read, which the time limit of the job or of the step under way then allows for. */
  expectBytes(sizeBytes: number): void;

  /** The work has come further. A fenced transaction, the progress of a step and its end say so as well. */
  progressed(): void;

  /** One transaction that first checks the lease; rejects with LeaseLostError and writes nothing when it is lost. */
  fenced<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;

  /** `work` and the end of the job in one fenced transaction. At most once. Resolves with what `work` gave. */
  complete<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;

  /** Runs a persisted step, or skips it when an earlier attempt finished it. One at a time. */
  step(name: string, run: (step: RunningStep) => Promise<void>): Promise<void>;
}

export interface RunningStep {
  /** Shown to whoever watches the job; written at most once a second. It is progress when more is done than before. */
  reportProgress(progress: StepProgress): void;

  /** Shown with the step when it has succeeded, unless it completes the job; of several the last. 1 to 4000 characters. */
  tell(detail: string): void;
}
