/** How many are worked for at once, whatever waits. */
const WIDTH = 4;
const MOST_OF_ONE_SOURCE = 32;
const MOST = 256;

/** Does work for a few at a time, first come, first served; bounded in all and for each source. */
export class NarrowLane {
  private readonly inside = new Map<string, number>();
  private readonly waiting: (() => void)[] = [];
  private total = 0;
  private running = 0;

  /** Whether `run` would take one more of this source. */
  hasRoom(source: string): boolean {
    return this.total < MOST && (this.inside.get(source) ?? 0) < MOST_OF_ONE_SOURCE;
  }

  /** The caller asks `hasRoom` first. Settles as `work` does, whose turn may come later. */
  async run<T>(source: string, work: () => Promise<T>): Promise<T> {
    await this.enter(source);
    try {
      return await work();
    } finally {
      this.leave(source);
    }
  }

  private async enter(source: string): Promise<void> {
    this.total += 1;
    this.inside.set(source, (this.inside.get(source) ?? 0) + 1);
    if (this.running < WIDTH) {
      this.running += 1;
    } else {
      // Whoever leaves hands its place over.
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  private leave(source: string): void {
    this.total -= 1;
    const left = (this.inside.get(source) ?? 1) - 1;
    if (left === 0) {
      this.inside.delete(source);
    } else {
      this.inside.set(source, left);
    }
    const next = this.waiting.shift();
    if (next === undefined) {
      this.running -= 1;
    } else {
      next();
    }
  }
}
