import { createHash } from 'node:crypto';
import { digestOfHex } from '../digest.js';
import type { Blob } from './blob.js';
import { BlobDamagedError } from './blob.errors.js';

/** Hashes the bytes of a blob as they go by. */
export class DigestCheck {
  readonly #hash = createHash('sha256');
  #missingBytes: number;

  constructor(private readonly blob: Blob) {
    this.#missingBytes = blob.sizeBytes;
  }

  /** Throws BlobDamagedError for the chunk that would complete the bytes when they are not those of the blob. */
  add(chunk: Buffer): void {
    this.#hash.update(chunk);
    this.#missingBytes -= chunk.length;
    if (this.#missingBytes <= 0 && digestOfHex(this.#hash.digest('hex')) !== this.blob.digest) {
      throw new BlobDamagedError();
    }
  }
}
