/** What a client must send of a body, on average. */
export interface PaceLimits {
  /** 0 is no limit. */
  readonly minBytesPerSecond: number;
  /** Time over which the rate is averaged. */
  readonly windowMs: number;
}

const LOOKS_PER_WINDOW = 30;

/**
 * Tells a client that sends too slowly from one that is slow because we are: only looks at which `isWaiting` holds
 * count towards the window. A rate above the limit is never too slow, however long the body takes.
 */
export class BodyPace {
  private readonly timer: NodeJS.Timeout | undefined;
  private bytes = 0;
  private looks = 0;

  constructor(
    private readonly limits: PaceLimits,
    private readonly isWaiting: () => boolean,
    private readonly onTooSlow: () => void,
  ) {
    if (limits.minBytesPerSecond > 0) {
      this.timer = setInterval(() => {
        this.look();
      }, limits.windowMs / LOOKS_PER_WINDOW);
    }
  }

  received(sizeBytes: number): void {
    this.bytes += sizeBytes;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    if (!this.isWaiting()) {
      return;
    }
    this.looks += 1;
    if (this.looks < LOOKS_PER_WINDOW) {
      return;
    }
    const neededBytes = (this.limits.minBytesPerSecond * this.limits.windowMs) / 1000;
    if (this.bytes < neededBytes) {
      this.stop();
      this.onTooSlow();
    }
    this.bytes = 0;
    this.looks = 0;
  }
}
