import { DependencyUnavailableError } from '../errors/dependency-unavailable.error.js';
import { describeCauses } from '../errors/describe-causes.js';
import type { Logger } from '../logging/logger.js';

export interface ReadinessCheck {
  readonly name: string;
  readonly check: () => Promise<void>;
  /**
   * `serving`: the process is not ready while it fails. `start`: only until it has passed once, so that a roll-out with
   * a wrong setting stops; later its failure shows, but what needs nothing of it is served.
   */
  readonly neededFor: 'serving' | 'start';
}

/** What a check said last. */
export interface ReadinessResult {
  readonly name: string;
  readonly passes: boolean;
  /** Whether the process is not ready while it fails. */
  readonly isRequired: boolean;
  /** Why it does not pass, as a sentence. */
  readonly reason?: string;
}

const INTERVAL_MS = 2000;
const TIMEOUT_MS = 3000;

/**
 * Whether the dependencies answer, looked at in the background so that a probe costs nothing and never hangs.
 * Starts as not ready.
 */
export class Readiness {
  private readonly failures = new Map<string, string>();
  private readonly passedOnce = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private recovered: () => void = () => undefined;
  private draining = false;
  private closed = false;

  constructor(
    private readonly checks: readonly ReadinessCheck[],
    private readonly logger: Logger,
  ) {
    for (const { name } of checks) {
      this.failures.set(name, 'It was not checked yet.');
    }
  }

  /** Why the process is not ready, as a sentence, or undefined when it is. */
  get reason(): string | undefined {
    if (this.draining) {
      return 'The process is shutting down.';
    }
    const failing = this.results.find(({ passes, isRequired }) => isRequired && !passes);
    return failing === undefined ? undefined : `The ${failing.name} check fails. ${failing.reason ?? ''}`;
  }

  get results(): readonly ReadinessResult[] {
    return this.checks.map(({ name, neededFor }) => {
      const reason = this.failures.get(name);
      const isRequired = neededFor === 'serving' || !this.passedOnce.has(name);
      return { name, isRequired, passes: reason === undefined, ...(reason === undefined ? {} : { reason }) };
    });
  }

  async start(): Promise<void> {
    await Promise.all(this.checks.map((check) => this.look(check)));
    if (!this.isClosed()) {
      this.timer = setTimeout(
        () => void this.start(),
        this.failures.size === 0 ? INTERVAL_MS : INTERVAL_MS / 8,
      );
    }
  }

  /** Calls `listener` whenever a check passes that failed before. At most one listener. */
  onRecovery(listener: () => void): void {
    this.recovered = listener;
  }

  /** From now on not ready, so that load balancers look elsewhere. */
  drain(): void {
    this.draining = true;
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private isClosed(): boolean {
    return this.closed;
  }

  private async look({ name, check }: ReadinessCheck): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error('no answer in time'));
      }, TIMEOUT_MS);
    });
    try {
      await Promise.race([check(), timeout]);
      this.passedOnce.add(name);
      if (this.failures.delete(name)) {
        this.logger.info({ check: name }, `the ${name} check passes`);
        this.recovered();
      }
    } catch (error) {
      const reason = error instanceof DependencyUnavailableError ? error.message : UNEXPECTED;
      if (this.failures.get(name) !== reason) {
        this.logger.warn({ check: name, reason: describeCauses(error) }, `the ${name} check fails`);
      }
      this.failures.set(name, reason);
    } finally {
      clearTimeout(timer);
    }
  }
}

const UNEXPECTED = 'It does not answer as it should.';
