import { type Slab, type SlabPool, SLABS_A_STREAM } from './slab-pool.js';

/**
 * The memory of one stream of reads. A read fills `room()` and becomes a chunk by `take`; small reads share a slab,
 * so a chunk pins about as much memory as it carries. A chunk that is given back may be written over from then on,
 * one that never is stays as it was, for ever. So giving back is for the one who knows that nobody looks at the
 * chunk any more, and is only ever a gain in speed: fresh memory for every read makes V8 collect garbage for each
 * 32 MiB or so, which costs more than moving the bytes.
 *
 * A slab goes to another stream only after this one was closed and has every chunk of it back; one with a chunk that is
 * still out, or that was lost with a connection, never does.
 */
export class ReusableBuffers {
  #current: Slab | undefined;
  #closed = false;
  readonly #spare: Slab[] = [];
  /** Sizes of the slabs that count as held: a stream whose reader gives nothing back still holds the last few only. */
  readonly #held: number[] = [];
  /** Weak: chunks that nobody gives back take their slab with them when they are forgotten. */
  readonly #out = new WeakMap<Buffer, Slab>();

  constructor(
    private readonly pool: SlabPool,
    /** The share of a slab that must be left for it to be read into again. */
    private readonly smallestRoom: number,
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
    if (slab.outCount > 0) return;
    // The current one is left as it is: a read may be under way into its room.
    if (this.#closed) {
      this.pool.giveBack(slab);
    } else if (slab !== this.#current && this.#spare.length < SLABS_A_STREAM) {
      slab.usedBytes = 0;
      this.#spare.push(slab);
    }
  }

  /** To be called when no read is under way and none will be. Chunks may still be given back. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const slabs = this.#current ? [...this.#spare, this.#current] : this.#spare;
    slabs
      .filter(({ outCount }) => outCount === 0)
      .forEach((slab) => {
        this.pool.giveBack(slab);
      });
    this.#spare.length = 0;
    this.#current = undefined;
    this.#held.splice(0).forEach((sizeBytes) => {
      this.pool.settle(sizeBytes);
    });
  }

  #slabWithRoom(): Slab {
    const current = this.#current;
    if (current && current.bytes.length - current.usedBytes >= current.bytes.length * this.smallestRoom) {
      return current;
    }
    if (current?.outCount === 0) {
      current.usedBytes = 0;
      return current;
    }
    this.#current = this.#spare.pop() ?? this.#borrow();
    return this.#current;
  }

  #borrow(): Slab {
    const slab = this.pool.take();
    this.#held.push(slab.bytes.length);
    if (this.#held.length > SLABS_A_STREAM) {
      this.pool.settle(this.#held.shift() ?? 0);
    }
    return slab;
  }
}
