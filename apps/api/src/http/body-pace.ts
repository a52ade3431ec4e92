/** How fast a body must move, on average. */
export interface PaceLimits {
  /** 0 is no limit. */
  readonly minBytesPerSecond: number;
  /** Time over which the rate is averaged. */
  readonly windowMs: number;
}

/** A body on its way, of a request or of an answer. */
export interface MovingBody {
  /** True while only the client keeps it from moving. */
  isWaiting(): boolean;
  /** All that moved so far. */
  movedBytes(): number;
}

const LOOKS_PER_WINDOW = 30;

/**
 * Tells a client that is too slow from one that is slow because we are: only looks at which the body waits for the
 * client count towards the window. A rate above the limit is never too slow, however long the body takes.
 */
export class BodyPace {
  private readonly timer: NodeJS.Timeout | undefined;
  private movedBefore = 0;
  private looks = 0;

  constructor(
    private readonly limits: PaceLimits,
    private readonly body: MovingBody,
    private readonly onTooSlow: () => void,
  ) {
    if (limits.minBytesPerSecond > 0) {
      this.movedBefore = body.movedBytes();
      this.timer = setInterval(() => {
        this.look();
      }, limits.windowMs / LOOKS_PER_WINDOW);
    }
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    if (!this.body.isWaiting()) {
      return;
    }
    this.looks += 1;
    if (this.looks < LOOKS_PER_WINDOW) {
      return;
    }
    const moved = this.body.movedBytes();
    const neededBytes = (this.limits.minBytesPerSecond * this.limits.windowMs) / 1000;
    if (moved - this.movedBefore < neededBytes) {
      this.stop();
      this.onTooSlow();
    }
    this.movedBefore = moved;
    this.looks = 0;
  }
}
