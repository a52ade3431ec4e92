import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { Writable } from 'node:stream';

/** Bytes; what arrives while a write is under way goes out in one write of up to this size. */
const WRITE_BUFFER_BYTES = 1024 * 1024;

interface Pending {
  readonly chunk: Buffer;
}

/** Writes to an open file, computing the etag on the way. Whoever opened the file syncs it. */
export class PartWriter extends Writable {
  readonly #hash = createHash('sha256');
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    super({ highWaterMark: WRITE_BUFFER_BYTES });
    this.#handle = handle;
  }

  /** Once the stream has finished. Half of a SHA-256: equal names mean equal bytes. */
  etag(): string {
    return this.#hash.digest('hex').slice(0, 32);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this._writev([{ chunk }], callback);
  }

  override _writev(pending: readonly Pending[], callback: (error?: Error | null) => void): void {
    const chunks = pending.map(({ chunk }) => chunk);
    for (const chunk of chunks) this.#hash.update(chunk);
    settle(writeAll(this.#handle, chunks), callback);
  }
}

async function writeAll(handle: FileHandle, chunks: readonly Buffer[]): Promise<void> {
  let rest = chunks;
  while (rest.length > 0) {
    const { bytesWritten } = await handle.writev(rest);
    rest = after(rest, bytesWritten);
  }
}

/** What is left of `chunks` when a short write (disk nearly full) took only the first bytes. */
function after(chunks: readonly Buffer[], writtenBytes: number): readonly Buffer[] {
  let left = writtenBytes;
  const index = chunks.findIndex((chunk) => {
    if (left < chunk.length) return true;
    left -= chunk.length;
    return false;
  });
  const partly = chunks[index];
  return partly ? [partly.subarray(left), ...chunks.slice(index + 1)] : [];
}

function settle(work: Promise<void>, callback: (error?: Error | null) => void): void {
  work.then(() => {
    callback();
  }, callback);
}
