import { describeCauses, type Logger } from '@imgsrv/platform';
import type { CircuitBreaker } from './circuit-breaker.js';
import type { JobHandler } from './job-handler.js';
import type { ClaimedJob, JobStore } from './job-store.js';

/** A kind of job as one worker runs it. */
export interface RunKind {
  readonly handler: JobHandler<object>;
  readonly breaker: CircuitBreaker;
}

export interface LaneParts {
  readonly store: JobStore;
  readonly workerId: string;
  readonly slots: number;
  readonly leaseMs: number;
  readonly pollIntervalMs: number;
  readonly logger: Logger;
  /** Runs a claimed job; never rejects. */
  readonly run: (claimed: ClaimedJob, kind: RunKind, shutdown: AbortSignal) => Promise<void>;
}

const CLAIM_RETRY_MS = 500;

/** Claims and runs the jobs of one class, as many at once as it has slots. */
export class JobLane {
  private readonly running = new Map<Promise<void>, AbortController>();
  private readonly kinds: ReadonlyMap<string, RunKind>;
  private stopping = false;
  private wake: () => void = () => undefined;
  private woken = false;
  private loop: Promise<void> | undefined;

  constructor(
    kinds: readonly RunKind[],
    private readonly parts: LaneParts,
  ) {
    this.kinds = new Map(kinds.map((kind) => [kind.handler.kind.name, kind]));
  }

  start(): void {
    this.loop = this.claimAndRun();
  }

  /** Looks for jobs at once. */
  wakeUp(): void {
    this.woken = true;
    this.wake();
  }

  /** Stops claiming, lets running jobs end within `graceMs`, then aborts the rest. */
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
  }

  private async claimAndRun(): Promise<void> {
    while (!this.isStopping()) {
      const claimed = await this.claimOne();
      if (claimed === 'nothing') {
        await this.idle(this.parts.pollIntervalMs);
      } else if (claimed === 'unavailable') {
        await this.idle(CLAIM_RETRY_MS);
      }
    }
  }

  private isStopping(): boolean {
    return this.stopping;
  }

  private async claimOne(): Promise<'claimed' | 'nothing' | 'unavailable'> {
    if (this.running.size >= this.parts.slots) {
      return 'nothing';
    }
    try {
      const claimed = await this.claim();
      if (claimed === undefined) {
        return 'nothing';
      }
      this.begin(claimed);
      return 'claimed';
    } catch (error) {
      this.parts.logger.warn({ reason: describeCauses(error) }, 'could not poll for jobs');
      return 'unavailable';
    }
  }

  /** A kind whose breaker is half open is tried first, with one job. */
  private async claim(): Promise<ClaimedJob | undefined> {
    const { store, workerId, leaseMs } = this.parts;
    const allowed = [...this.kinds].filter(([, { breaker }]) => breaker.allows);
    for (const [name, { breaker }] of allowed) {
      const trial =
        breaker.state === 'half-open' ? await store.claimTrial(name, workerId, leaseMs) : undefined;
      if (trial !== undefined) {
        return trial;
      }
    }
    const names = allowed.filter(([, { breaker }]) => breaker.state === 'closed').map(([name]) => name);
    return names.length === 0 ? undefined : store.claim(names, workerId, leaseMs);
  }

  private begin(claimed: ClaimedJob): void {
    const kind = this.kinds.get(claimed.lease.kind);
    if (kind === undefined) {
      throw new Error(`claimed a job of the unknown kind ${claimed.lease.kind}`);
    }
    const shutdown = new AbortController();
    const done = this.parts.run(claimed, kind, shutdown.signal).finally(() => {
      this.running.delete(done);
      this.wakeUp();
    });
    this.running.set(done, shutdown);
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
