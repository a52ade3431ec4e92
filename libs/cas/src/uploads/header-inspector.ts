import type { BlobInspection } from '../blobs/blob.js';

/** Looks at the first bytes of the content; how many it wants, and what it says of them. */
export interface HeaderInspector {
  readonly headerBytes: number;
  readonly inspect: (head: Buffer, sizeBytes: number) => BlobInspection;
}

/** Keeps the first bytes of what goes by. */
export class HeadBytes {
  readonly #chunks: Buffer[] = [];
  #missingBytes: number;

  constructor(headerBytes: number) {
    this.#missingBytes = headerBytes;
  }

  add(chunk: Buffer): void {
    if (this.#missingBytes > 0) {
      const wanted = Buffer.from(chunk.subarray(0, this.#missingBytes));
      this.#chunks.push(wanted);
      this.#missingBytes -= wanted.length;
    }
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}
