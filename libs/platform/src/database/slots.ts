interface Waiting {
  readonly begin: () => void;
  readonly timer: NodeJS.Timeout;
}

/** Lets a number of callers go on at the same time, the others in the order in which they came. */
export class Slots {
  private taken = 0;
  private readonly waiting: Waiting[] = [];

  constructor(private readonly limit: number) {}

  /** Runs `work` in a slot. Rejects with what `tooLate` gives when none becomes free within `patienceMs`. */
  async use<T>(work: () => Promise<T>, patienceMs: number, tooLate: () => Error): Promise<T> {
    await this.take(patienceMs, tooLate);
    try {
      return await work();
    } finally {
      this.giveBack();
    }
  }

  private async take(patienceMs: number, tooLate: () => Error): Promise<void> {
    if (this.taken < this.limit) {
      this.taken += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const waiting: Waiting = {
        begin: resolve,
        timer: setTimeout(() => {
          this.waiting.splice(this.waiting.indexOf(waiting), 1);
          reject(tooLate());
        }, patienceMs),
      };
      this.waiting.push(waiting);
    });
  }

  private giveBack(): void {
    const next = this.waiting.shift();
    if (next === undefined) {
      this.taken -= 1;
      return;
    }
    clearTimeout(next.timer);
    next.begin();
  }
}
