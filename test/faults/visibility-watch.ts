import { setTimeout as delay } from 'node:timers/promises';

/** Leaves the machine to those who are watched. */
const PAUSE_MS = 25;

/** Looks again and again, while other things happen, and keeps what it saw that must not be. */
export class VisibilityWatch {
  readonly violations: string[] = [];
  private looks = 0;
  private watching = true;
  private readonly ended: Promise<void>;

  /** `look` gives a sentence on what is wrong, or undefined. */
  constructor(private readonly look: () => Promise<string | undefined>) {
    this.ended = this.watch();
  }

  /** Stops; rejects with the first thing that was wrong, or when it could not look at all. */
  async expectNone(): Promise<void> {
    this.watching = false;
    await this.ended;
    expect(this.violations).toEqual([]);
    expect(this.looks).toBeGreaterThan(0);
  }

  private async watch(): Promise<void> {
    while (this.watching && this.violations.length === 0) {
      const violation = await this.look().catch((error: unknown) => String(error));
      if (violation !== undefined) {
        this.violations.push(violation);
      }
      this.looks += 1;
      await delay(PAUSE_MS);
    }
  }
}
