/** What is told apart at once; more of it is passed on each time. */
const MOST_KEYS = 10_000;

interface Counted<T> {
  readonly timer: NodeJS.Timeout;
  latest: T;
  /** How many came since one was passed on. */
  count: number;
}

/** Passes the first of things that are alike on at once, and then one for all that came in each period. */
export class AlikeRefusals<T> {
  private readonly counted = new Map<string, Counted<T>>();

  constructor(
    private readonly everyMs: number,
    private readonly pass: (latest: T, count: number) => void,
  ) {}

  add(key: string, item: T): void {
    const known = this.counted.get(key);
    if (known !== undefined) {
      known.latest = item;
      known.count += 1;
      return;
    }
    this.pass(item, 1);
    if (this.counted.size < MOST_KEYS) {
      const timer = setInterval(() => {
        this.endPeriod(key);
      }, this.everyMs).unref();
      this.counted.set(key, { timer, latest: item, count: 0 });
    }
  }

  /** Passes on what was only counted so far, and forgets everything. */
  flush(): void {
    for (const { timer, latest, count } of this.counted.values()) {
      clearInterval(timer);
      if (count > 0) {
        this.pass(latest, count);
      }
    }
    this.counted.clear();
  }

  private endPeriod(key: string): void {
    const known = this.counted.get(key);
    if (known === undefined) {
      return;
    }
    if (known.count === 0) {
      clearInterval(known.timer);
      this.counted.delete(key);
    } else {
      this.pass(known.latest, known.count);
      known.count = 0;
    }
  }
}
