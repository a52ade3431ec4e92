interface Slab {
  readonly bytes: Buffer;
  usedBytes: number;
  /** How many of its chunks are out. */
  outCount: number;
}

/** Slabs kept for later; the reader, the stream between and the writer hold one each. */
const KEPT_SLABS = 3;

/**
 * The memory of one stream of reads. A read fills `room()` and becomes a chunk by `take`; small reads share a slab,
 * so a chunk pins about as much memory as it carries. A chunk that is given back may be written over from then on,
 * one that never is stays as it was, for ever. So giving back is for the one who knows that nobody looks at the
 * chunk any more, and is only ever a gain in speed: fresh memory for every read makes V8 collect garbage for each
 * 32 MiB or so, which costs more than moving the bytes.
 *
 * Nothing is shared between streams: no mistake here can show one stream's bytes in another.
 */
export class ReusableBuffers {
  #current: Slab | undefined;
  readonly #spare: Slab[] = [];
  /** Weak: chunks that nobody gives back take their slab with them when they are forgotten. */
  readonly #out = new WeakMap<Buffer, Slab>();

  constructor(
    private readonly slabBytes: number,
    private readonly smallestRoomBytes: number,
  ) {}

  /** Where the next read goes. The same until `take`. */
  room(): Buffer {
    const { bytes, usedBytes } = this.#slabWithRoom();
    return bytes.subarray(usedBytes);
  }

  /** The chunk made of the first `readBytes` of `room()`. */
  take(readBytes: number): Buffer {
    const slab = this.#slabWithRoom();
    const chunk = slab.bytes.subarray(slab.usedBytes, slab.usedBytes + readBytes);
    slab.usedBytes += readBytes;
    slab.outCount += 1;
    this.#out.set(chunk, slab);
    return chunk;
  }

  /** Takes the very chunk that `take` gave, once; everything else, views of it among them, is ignored. */
  giveBack(chunk: Buffer): void {
    const slab = this.#out.get(chunk);
    if (!slab) return;
    this.#out.delete(chunk);
    slab.outCount -= 1;
    // The current one is left as it is: a read may be under way into its room.
    if (slab.outCount === 0 && slab !== this.#current && this.#spare.length < KEPT_SLABS) {
      slab.usedBytes = 0;
      this.#spare.push(slab);
    }
  }

  #slabWithRoom(): Slab {
    const current = this.#current;
    if (current && current.bytes.length - current.usedBytes >= this.smallestRoomBytes) return current;
    if (current?.outCount === 0) {
      current.usedBytes = 0;
      return current;
    }
    this.#current = this.#spare.pop() ?? {
      bytes: Buffer.allocUnsafeSlow(this.slabBytes),
      usedBytes: 0,
      outCount: 0,
    };
    return this.#current;
  }
}
