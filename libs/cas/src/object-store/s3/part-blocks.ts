import { Writable } from 'node:stream';
import { PartLengthRequiredError } from '../object-store.errors.js';

const BLOCK_BYTES = 256 * 1024;
const MEMORY_BYTES = 64 * 2 ** 20;

/** What all parts of unknown size together may hold. */
export class BlockMemory {
  #freeBlocks: number;

  constructor(memoryBytes = MEMORY_BYTES) {
    this.#freeBlocks = Math.floor(memoryBytes / BLOCK_BYTES);
  }

  /** Undefined when nothing is left. */
  take(): Buffer | undefined {
    if (this.#freeBlocks === 0) return undefined;
    this.#freeBlocks -= 1;
    return Buffer.allocUnsafeSlow(BLOCK_BYTES);
  }

  giveBack(blockCount: number): void {
    this.#freeBlocks += blockCount;
  }
}

/**
 * Keeps what is written to it. Bytes are copied into blocks: a chunk of one byte may hold the whole buffer of the socket
 * that it came in. Fails with `PartLengthRequiredError` when no memory is left.
 */
export class PartBlocks extends Writable {
  readonly #memory: BlockMemory;
  readonly #blocks: Buffer[] = [];
  #sizeBytes = 0;

  constructor(memory: BlockMemory) {
    super();
    this.#memory = memory;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** What was written, in order. */
  get filled(): Buffer[] {
    return this.#blocks.map((block, index) => block.subarray(0, this.#sizeBytes - index * BLOCK_BYTES));
  }

  /** Once nobody reads `filled` any more. */
  release(): void {
    this.#memory.giveBack(this.#blocks.length);
    this.#blocks.length = 0;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    for (let copiedBytes = 0; copiedBytes < chunk.length;) {
      const block = this.#lastBlock();
      if (block === undefined) {
        callback(new PartLengthRequiredError());
        return;
      }
      const copied = chunk.copy(block, this.#sizeBytes % BLOCK_BYTES, copiedBytes);
      copiedBytes += copied;
      this.#sizeBytes += copied;
    }
    callback();
  }

  /** The block with room for more. */
  #lastBlock(): Buffer | undefined {
    if (this.#sizeBytes < this.#blocks.length * BLOCK_BYTES) return this.#blocks.at(-1);
    const block = this.#memory.take();
    if (block) this.#blocks.push(block);
    return block;
  }
}
