import { type Transaction, withSpan } from '@imgsrv/platform';
import type { JobId, StepProgress } from './job.js';
import type { RunningJob, RunningStep } from './job-handler.js';
import type { StepDefinition } from './job-kind.js';
import type { AttemptWatch } from './attempt-watch.js';
import type { ClaimedJob, JobStore, Lease } from './job-store.js';
import type { JobsObserver, StepOutcome } from './jobs-observer.js';

const PROGRESS_INTERVAL_MS = 1000;

/** The handler's view of a claimed job. */
export class LeasedJob<Payload extends object> implements RunningJob<Payload> {
  readonly id: JobId;
  readonly attempt: number;
  readonly signal: AbortSignal;
  private readonly store: JobStore;
  private readonly lease: Lease;
  private completed = false;

  constructor(
    private readonly parts: { readonly store: JobStore; readonly observer: JobsObserver },
    claimed: ClaimedJob,
    readonly payload: Payload,
    private readonly steps: readonly StepDefinition[],
    private readonly watch: AttemptWatch,
  ) {
    this.signal = watch.signal;
    this.store = parts.store;
    this.lease = claimed.lease;
    this.id = claimed.lease.jobId;
    this.attempt = claimed.attempt;
  }

  get isCompleted(): boolean {
    return this.completed;
  }

  expectBytes(sizeBytes: number): void {
    this.watch.expectBytes(sizeBytes);
  }

  progressed(): void {
    this.watch.progressed();
  }

  async fenced<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const result = await this.store.fenced(this.lease, work);
    this.watch.progressed();
    return result;
  }

  async complete<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const result = await this.store.fenced(this.lease, async (tx) => {
      const given = await work(tx);
      await this.store.succeed(tx, this.lease);
      return given;
    });
    this.completed = true;
    return result;
  }

  async step(name: string, run: (step: RunningStep) => Promise<void>): Promise<void> {
    this.signal.throwIfAborted();
    const definition = this.steps.find((step) => step.name === name);
    if (definition === undefined) {
      throw new Error(`jobs of the kind ${this.lease.kind} have no step ${name}`);
    }
    if (!(await this.store.beginStep(this.lease, definition))) {
      return;
    }
    const startedAtMs = performance.now();
    let outcome: StepOutcome = 'failed';
    try {
      await this.watch.during(`The step ${name}`, definition.timeLimit, () =>
        withSpan(`step ${name}`, {}, () => this.runStep(name, run)),
      );
      outcome = 'succeeded';
    } finally {
      const durationMs = performance.now() - startedAtMs;
      this.parts.observer.stepEnded(this.lease.kind, name, outcome, durationMs);
    }
  }

  private async runStep(name: string, run: (step: RunningStep) => Promise<void>): Promise<void> {
    const running = new RecordedStep(
      (latest) => this.store.recordProgress(this.lease, name, latest),
      () => {
        this.watch.progressed();
      },
    );
    await run(running);
    if (!this.completed) {
      await running.flush();
      await this.store.succeedStep(this.lease, name, running.detail);
    }
  }
}

/** Keeps what the step tells, and writes the latest progress at most once an interval; a write that fails is left to the next one. */
class RecordedStep implements RunningStep {
  /** What the step told last. */
  detail: string | undefined;
  private latest: StepProgress | undefined;
  private writtenAtMs = Date.now();
  private writing: Promise<void> | undefined;
  private mostBytes = -1;

  constructor(
    private readonly write: (progress: StepProgress) => Promise<void>,
    private readonly advanced: () => void,
  ) {}

  reportProgress(progress: StepProgress): void {
    this.latest = progress;
    if (progress.doneBytes > this.mostBytes) {
      this.mostBytes = progress.doneBytes;
      this.advanced();
    }
    if (this.writing === undefined && Date.now() - this.writtenAtMs >= PROGRESS_INTERVAL_MS) {
      this.writing = this.writeLatest().catch(() => undefined);
    }
  }

  tell(detail: string): void {
    this.detail = detail;
  }

  async flush(): Promise<void> {
    await this.writing;
    await this.writeLatest();
  }

  private async writeLatest(): Promise<void> {
    const progress = this.latest;
    this.latest = undefined;
    this.writtenAtMs = Date.now();
    try {
      if (progress !== undefined) {
        await this.write(progress);
      }
    } finally {
      this.writing = undefined;
    }
  }
}
