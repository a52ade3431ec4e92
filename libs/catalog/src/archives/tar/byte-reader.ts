import { damagedTar } from '../unsound-archive.error.js';

/** Reading would go past the bytes that may be looked at. */
export class BeyondLimitError extends Error {
  /** The limit in words, such as `4096 bytes`. */
  constructor(readonly limit: string) {
    super(`more than ${limit} would have to be read`);
  }
}

const NOTHING = new Uint8Array(0);

/**
 * Cuts a source of chunks into pieces of the sizes that are asked for. Every call uses up bytes or ends, and nothing is
 * read beyond `maxBytes`. A failure of the source passes through as it is.
 */
export class ByteReader {
  private readonly source: AsyncIterator<Uint8Array>;
  private chunk: Uint8Array = NOTHING;
  private position = 0;

  constructor(
    source: AsyncIterable<Uint8Array>,
    private readonly maxBytes: number,
  ) {
    this.source = source[Symbol.asyncIterator]();
  }

  /**
   * The next `size` bytes, at least one; undefined when the source ends right here. Rejects with
   * UnsoundArchiveError when it ends between, with BeyondLimitError when they go past the limit.
   */
  async read(size: number): Promise<Buffer | undefined> {
    this.advance(size);
    const pieces: Uint8Array[] = [];
    for (let missing = size; missing > 0;) {
      const piece = await this.next(missing);
      if (piece === undefined && missing === size) return undefined;
      if (piece === undefined) throw damagedTar('it ends before its end');
      pieces.push(piece);
      missing -= piece.byteLength;
    }
    return Buffer.concat(pieces);
  }

  /** Passes over `size` bytes. Rejects as `read` does; a size that goes past the limit costs no reading. */
  async skip(size: number): Promise<void> {
    this.advance(size);
    for (let missing = size; missing > 0;) {
      const piece = await this.next(missing);
      if (piece === undefined) throw damagedTar('it ends before its end');
      missing -= piece.byteLength;
    }
  }

  /** Reads to the end of the source, and gives how many bytes that were. Rejects with BeyondLimitError when it is past the limit. */
  async drain(): Promise<number> {
    const from = this.position;
    for (;;) {
      const piece = await this.next(Number.POSITIVE_INFINITY);
      if (piece === undefined) return this.position - from;
      this.advance(piece.byteLength);
    }
  }

  /** Lets the source go. */
  async close(): Promise<void> {
    await this.source.return?.();
  }

  private advance(size: number): void {
    if (size > this.maxBytes - this.position) throw new BeyondLimitError(`${this.maxBytes} bytes`);
    this.position += size;
  }

  private async next(atMost: number): Promise<Uint8Array | undefined> {
    while (this.chunk.byteLength === 0) {
      const result = await this.source.next();
      if (result.done === true) return undefined;
      this.chunk = result.value;
    }
    const piece = this.chunk.subarray(0, atMost);
    this.chunk = this.chunk.subarray(piece.byteLength);
    return piece;
  }
}
