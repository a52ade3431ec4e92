/** Memory that reads go into, of which several chunks may be made. */
export interface Slab {
  readonly bytes: Buffer;
  usedBytes: number;
  /** How many of its chunks are out. */
  outCount: number;
}

export interface SlabPoolOptions {
  /** Powers of two. */
  readonly largestBytes: number;
  readonly smallestBytes: number;
  /** What all streams together should hold: the more are open, the smaller the slabs get. */
  readonly budgetBytes: number;
  /** What is kept while nobody uses it. */
  readonly mostIdleBytes: number;
}

/** Slabs that one stream holds at a time: the reader, the stream between and the writer have one each. */
export const SLABS_A_STREAM = 3;

/**
 * The memory of all streams of reads. Slabs that a stream is done with are kept for the next one: a stream of some
 * hundred KiB would otherwise do nothing but get memory and leave it to V8, whose collections cost many times what
 * moving the bytes does.
 */
export class SlabPool {
  readonly #idle = new Map<number, Slab[]>();
  #idleBytes = 0;
  #streamCount = 0;

  constructor(private readonly options: SlabPoolOptions) {}

  get idleBytes(): number {
    return this.#idleBytes;
  }

  /** How large slabs are just now. */
  get slabBytes(): number {
    const { largestBytes, smallestBytes, budgetBytes } = this.options;
    const share = budgetBytes / (SLABS_A_STREAM * Math.max(1, this.#streamCount));
    return Math.min(largestBytes, Math.max(smallestBytes, 2 ** Math.floor(Math.log2(share))));
  }

  streamOpened(): void {
    this.#streamCount += 1;
  }

  streamClosed(): void {
    this.#streamCount -= 1;
  }

  take(): Slab {
    const { slabBytes } = this;
    const idle = this.#idle.get(slabBytes)?.pop();
    if (idle === undefined) {
      return { bytes: Buffer.allocUnsafeSlow(slabBytes), usedBytes: 0, outCount: 0 };
    }
    this.#idleBytes -= slabBytes;
    return idle;
  }

  /** For a slab of which no chunk is out and into which no read is under way. */
  giveBack(slab: Slab): void {
    const { length } = slab.bytes;
    if (this.#idleBytes + length > this.options.mostIdleBytes) return;
    slab.usedBytes = 0;
    this.#idleBytes += length;
    const idle = this.#idle.get(length);
    if (idle) idle.push(slab);
    else this.#idle.set(length, [slab]);
  }
}
