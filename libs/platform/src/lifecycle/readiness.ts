import { describeCauses } from '../errors/describe-causes.js';
import type { Logger } from '../logging/logger.js';

export interface ReadinessCheck {
  readonly name: string;
  readonly check: () => Promise<void>;
}

const INTERVAL_MS = 2000;
const TIMEOUT_MS = 3000;

/**
 * Whether the dependencies answer, looked at in the background so that a probe costs nothing and never hangs.
 * Starts as not ready.
 */
export class Readiness {
  private readonly failures = new Map<string, string>();
  private timer: NodeJS.Timeout | undefined;
  private recovered: () => void = () => undefined;
  private draining = false;
  private closed = false;

  constructor(
    private readonly checks: readonly ReadinessCheck[],
    private readonly logger: Logger,
  ) {
    for (const { name } of checks) {
      this.failures.set(name, 'it was not checked yet');
    }
  }

  /** Why the process is not ready, or undefined when it is. */
  get reason(): string | undefined {
    if (this.draining) {
      return 'The process is shutting down.';
    }
    const [failure] = this.failures;
    return failure === undefined ? undefined : `The ${failure[0]} check fails: ${failure[1]}.`;
  }

  /** What each check said last. */
  get results(): readonly { readonly name: string; readonly passes: boolean }[] {
    return this.checks.map(({ name }) => ({ name, passes: !this.failures.has(name) }));
  }

  async start(): Promise<void> {
    await Promise.all(this.checks.map((check) => this.look(check)));
    if (!this.isClosed()) {
      this.timer = setTimeout(
        () => void this.start(),
        this.reason === undefined ? INTERVAL_MS : INTERVAL_MS / 8,
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
      if (this.failures.delete(name)) {
        this.logger.info({ check: name }, `the ${name} check passes`);
        this.recovered();
      }
    } catch (error) {
      if (this.failures.get(name) !== UNREACHABLE) {
        this.logger.warn({ check: name, reason: describeCauses(error) }, `the ${name} check fails`);
      }
      this.failures.set(name, UNREACHABLE);
    } finally {
      clearTimeout(timer);
    }
  }
}

const UNREACHABLE = 'it does not answer as it should';
