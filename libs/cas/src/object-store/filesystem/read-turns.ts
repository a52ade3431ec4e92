/** Of the turns, one in so many goes to a reader that begins, even while others could go on. */
const BEGINS = 4;

/**
 * Lets a few reads of files happen at once, as many as the system works on at a time anyhow. Readers that have memory go first,
 * so that of hundreds of fast ones a few are served after the other, out of large pieces, and the rest hold nothing while they
 * wait. One whose client is slow waits for that, not here.
 */
export class ReadTurns {
  private readonly begins: (() => void)[] = [];
  private readonly goOns: (() => void)[] = [];
  private running = 0;
  private given = 0;

  constructor(private readonly width: number) {}

  /** Settles as `read` does, whose turn may come later. `goesOn` says that the reader has memory already. */
  async run<T>(goesOn: boolean, read: () => Promise<T>): Promise<T> {
    if (this.running < this.width) {
      this.running += 1;
    } else {
      // Whoever ends hands its place over.
      await new Promise<void>((resolve) => (goesOn ? this.goOns : this.begins).push(resolve));
    }
    try {
      return await read();
    } finally {
      this.handOver();
    }
  }

  private handOver(): void {
    this.given += 1;
    const [first, second] = this.given % BEGINS === 0 ? [this.begins, this.goOns] : [this.goOns, this.begins];
    const next = first.shift() ?? second.shift();
    if (next === undefined) {
      this.running -= 1;
    } else {
      next();
    }
  }
}
