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
  /** What all streams together may hold: the less of it is left, the smaller the slabs get, down to the smallest. */
  readonly budgetBytes: number;
  /** What is kept while nobody uses it. */
  readonly mostIdleBytes: number;
}

/** Slabs that one stream holds at a time: the reader, the stream between and the writer have one each. */
export const SLABS_A_STREAM = 3;

/** The share of what is left that a slab may be: enough for 16 streams of the largest slabs in half of the budget. */
const SHARE_OF_THE_REST = 1 / (16 * SLABS_A_STREAM);

/**
 * The memory of all streams of reads. Slabs that a stream is done with are kept for the next one: a stream of some
 * hundred KiB would otherwise do nothing but get memory and leave it to V8, whose collections cost many times what
 * moving the bytes does.
 */
export class SlabPool {
  readonly #idle = new Map<number, Slab[]>();
  #idleBytes = 0;
  #lentBytes = 0;

  constructor(private readonly options: SlabPoolOptions) {}

  get idleBytes(): number {
    return this.#idleBytes;
  }

  /** How large slabs are just now. */
  get slabBytes(): number {
    const { largestBytes, smallestBytes, budgetBytes } = this.options;
    const share = Math.max(1, (budgetBytes - this.#lentBytes) * SHARE_OF_THE_REST);
    return Math.min(largestBytes, Math.max(smallestBytes, 2 ** Math.floor(Math.log2(share))));
  }

  /** Lends a slab, which counts until `settle` is told of its size. */
  take(): Slab {
    const { slabBytes } = this;
    this.#lentBytes += slabBytes;
    const idle = this.#idle.get(slabBytes)?.pop();
    if (idle === undefined) {
      return { bytes: Buffer.allocUnsafeSlow(slabBytes), usedBytes: 0, outCount: 0 };
    }
    this.#idleBytes -= slabBytes;
    return idle;
  }

  /** So much that was lent is not held any more, whether it was given back or left to the garbage collector. */
  settle(sizeBytes: number): void {
    this.#lentBytes -= sizeBytes;
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
