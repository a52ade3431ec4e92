import { JobTimedOutError } from './job.errors.js';
import { type TimeLimit, timeLimitMs } from './job-kind.js';

export interface WatchOptions {
  /** The longest that an attempt may go without progress. */
  readonly stallMs: number;
  /** How long a handler may go on after its signal aborted. */
  readonly abandonMs: number;
}

/**
 * Keeps the time of one attempt: aborts `signal` when a time limit is over, when there was no progress for too long, and
 * when one of `outer` aborts. A handler that does not end soon after that is abandoned: `abandoned` rejects.
 */
export class AttemptWatch {
  readonly signal: AbortSignal;
  /** Never resolves; rejects with the reason of `signal`, when the handler should have ended long ago. */
  readonly abandoned: Promise<never>;
  private readonly aborting = new AbortController();
  private abandon: (reason: Error) => void = () => undefined;
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;
  private hasAbandoned = false;
  private limited: {
    readonly what: string;
    readonly limit: TimeLimit;
    startedAtMs: number;
    sizeBytes: number;
  };
  private progressedAtMs = performance.now();

  constructor(
    what: string,
    limit: TimeLimit,
    private readonly options: WatchOptions,
    private readonly outer: readonly AbortSignal[],
  ) {
    this.signal = this.aborting.signal;
    this.limited = { what, limit, startedAtMs: performance.now(), sizeBytes: 0 };
    this.abandoned = new Promise((_resolve, reject) => {
      this.abandon = reject;
    });
    // Nobody may be waiting for it any more.
    this.abandoned.catch(() => undefined);
    outer.forEach((signal) => {
      signal.addEventListener('abort', this.follow, { once: true });
    });
    this.follow();
    this.look();
  }

  get isAbandoned(): boolean {
    return this.hasAbandoned;
  }

  get sinceProgressMs(): number {
    return performance.now() - this.progressedAtMs;
  }

  /** From now on this limit counts, until the promise of `work` settles; then the one before goes on. */
  async during<T>(what: string, limit: TimeLimit, work: () => Promise<T>): Promise<T> {
    const before = this.limited;
    this.limited = { what, limit, startedAtMs: performance.now(), sizeBytes: 0 };
    this.progressed();
    this.look();
    try {
      return await work();
    } finally {
      this.limited = { ...before, startedAtMs: before.startedAtMs + this.elapsedMs };
      this.progressed();
      this.look();
    }
  }

  /** More bytes are going to be read, so that it may take longer. */
  expectBytes(sizeBytes: number): void {
    this.limited.sizeBytes += sizeBytes;
  }

  progressed(): void {
    this.progressedAtMs = performance.now();
  }

  /** The attempt is over. */
  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.outer.forEach((signal) => {
      signal.removeEventListener('abort', this.follow);
    });
  }

  private readonly follow = (): void => {
    const aborted = this.outer.find((signal) => signal.aborted);
    if (aborted !== undefined) {
      this.abort(aborted.reason instanceof Error ? aborted.reason : new Error('the job was aborted'));
    }
  };

  private get elapsedMs(): number {
    return performance.now() - this.limited.startedAtMs;
  }

  /** Looks again when the nearer of the two limits may be over. */
  private look(): void {
    clearTimeout(this.timer);
    if (this.isClosed || this.signal.aborted) {
      return;
    }
    const { what, limit, sizeBytes } = this.limited;
    const limitMs = timeLimitMs(limit, sizeBytes);
    const leftMs = limitMs - this.elapsedMs;
    const untilStalledMs = this.options.stallMs - this.sinceProgressMs;
    if (leftMs <= 0) {
      this.abort(new JobTimedOutError(`${what} took longer than the ${seconds(limitMs)} that it may.`));
    } else if (untilStalledMs <= 0) {
      this.abort(new JobTimedOutError(`${what} made no progress for ${seconds(this.options.stallMs)}.`));
    } else {
      this.timer = setTimeout(
        () => {
          this.look();
        },
        Math.min(leftMs, untilStalledMs, LONGEST_TIMER_MS),
      );
    }
  }

  private abort(reason: Error): void {
    if (this.signal.aborted || this.isClosed) {
      return;
    }
    clearTimeout(this.timer);
    // First the timer: those who listen to the signal may end the attempt, which clears it.
    this.timer = setTimeout(() => {
      this.hasAbandoned = true;
      this.abandon(reason);
    }, this.options.abandonMs);
    this.aborting.abort(reason);
  }
}

/** Longer ones fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

function seconds(durationMs: number): string {
  return durationMs < 1000 ? `${Math.round(durationMs)} ms` : `${Math.round(durationMs / 1000)} s`;
}
