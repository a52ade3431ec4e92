export interface CircuitBreakerOptions {
  /** Failures in a row that open it. */
  readonly failures: number;
  readonly cooldownMs: number;
}

/** A dependency that has just come back may fail a few times more: the first rest after that is this long. */
const SHORTEST_REST_MS = 500;

export type CircuitState = 'closed' | 'open' | 'half-open';

/**
 * Stops one kind of job from hammering a dependency that is down. After `failures` in a row it is open for the
 * cool-down, then lets one try through: success closes it, failure opens it again.
 */
export class CircuitBreaker {
  private failuresInARow = 0;
  private openUntilMs: number | undefined;
  private trying = false;
  private restMs: number;

  constructor(
    private readonly options: CircuitBreakerOptions,
    private readonly nowMs: () => number,
  ) {
    this.restMs = options.cooldownMs;
  }

  get state(): CircuitState {
    if (this.openUntilMs === undefined) {
      return 'closed';
    }
    return this.nowMs() < this.openUntilMs ? 'open' : 'half-open';
  }

  /** How long until one may try; 0 when jobs may be claimed. */
  get restsForMs(): number {
    return Math.max(0, (this.openUntilMs ?? 0) - this.nowMs());
  }

  /** True when a job may be claimed now. */
  get allows(): boolean {
    return this.state === 'closed' || (this.state === 'half-open' && !this.trying);
  }

  began(): void {
    this.trying = this.state === 'half-open';
  }

  succeeded(): void {
    this.failuresInARow = 0;
    this.openUntilMs = undefined;
    this.trying = false;
    this.restMs = this.options.cooldownMs;
  }

  failed(): void {
    this.failuresInARow += 1;
    this.trying = false;
    if (this.failuresInARow >= this.options.failures) {
      this.openUntilMs = this.nowMs() + this.restMs;
      this.restMs = Math.min(this.restMs * 2, this.options.cooldownMs);
    }
  }

  /**
   * There is reason to believe that the dependency is back: the cool-down is over, and one may try. If that fails, the next
   * cool-downs begin short and double.
   */
  retryNow(): void {
    if (this.openUntilMs !== undefined) {
      this.openUntilMs = Math.min(this.openUntilMs, this.nowMs());
      this.restMs = Math.min(SHORTEST_REST_MS, this.options.cooldownMs);
    }
  }

  /** The job ended without saying anything of the dependency. */
  undecided(): void {
    this.trying = false;
  }
}
