import type { ContentSource } from '../../formats/content-check.js';
import { readRegion } from '../../formats/read-regions.js';
import { UnsoundDeltaError } from './unsound-delta.error.js';

const BLOCK_BYTES = 128 * 1024;
/** Read at once where one block after the other is wanted. */
const BLOCKS_AHEAD = 8;
const MOST_BLOCKS = 256;
/** xdelta3 goes through its base once, and back by 64 MiB at most. */
const MOST_READINGS = 8;
const FREE_BYTES = 64 * 1024 * 1024;

/** The bytes of a base in any order. It keeps the 32 MiB that were read last. */
export class BaseBytes {
  private readonly blocks = new Map<number, Buffer>();
  private lastMissed = -1;
  private readBytes = 0;

  constructor(private readonly source: ContentSource) {}

  /** The bytes of the block at `offset` from there on, when they are at hand. */
  kept(offset: number): Buffer | undefined {
    const nr = Math.floor(offset / BLOCK_BYTES);
    return this.blocks.get(nr)?.subarray(offset - nr * BLOCK_BYTES);
  }

  /** Reads what `kept` does not have. Throws UnsoundDeltaError when a delta wants too much reading. */
  async load(offset: number): Promise<Buffer> {
    const first = Math.floor(offset / BLOCK_BYTES);
    const ahead = first === this.lastMissed + 1 ? BLOCKS_AHEAD : 1;
    const start = first * BLOCK_BYTES;
    const lengthBytes = Math.min(ahead * BLOCK_BYTES, this.source.sizeBytes - start);
    this.readBytes += lengthBytes;
    if (this.readBytes > MOST_READINGS * this.source.sizeBytes + FREE_BYTES) {
      throw new UnsoundDeltaError(
        'it goes to and fro in its base too often; make it with xdelta3 -B 67108864',
      );
    }
    const bytes = await readRegion(this.source, start, lengthBytes);
    for (let at = 0; at < lengthBytes; at += BLOCK_BYTES) {
      this.keep(first + at / BLOCK_BYTES, bytes.subarray(at, at + BLOCK_BYTES));
    }
    this.lastMissed = first + ahead - 1;
    return bytes.subarray(offset - start, BLOCK_BYTES);
  }

  private keep(nr: number, block: Buffer): void {
    this.blocks.delete(nr);
    this.blocks.set(nr, block);
    for (const [oldest] of this.blocks) {
      if (this.blocks.size <= MOST_BLOCKS) {
        return;
      }
      this.blocks.delete(oldest);
    }
  }
}
