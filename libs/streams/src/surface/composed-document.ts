import { createHash } from 'node:crypto';
import type { SerializedDocument } from './serialized-document.js';
import { combineCrc32 } from './crc32.js';
import type { DocumentPiece } from './document-piece.js';
import { compressZstd } from './zstd.js';

/** RFC 1952: deflate, no name, no time, unknown system. */
const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
/** An empty block of deflate that is marked as the last one. */
const LAST_BLOCK = Buffer.from([3, 0]);
/** Below it a body is sent as one; a larger one goes out in its pieces. */
const JOINED_BYTES = 2 ** 20;

/** A document of pieces, which other documents may have as well. Its gzip form is one member. */
export class ComposedDocument implements SerializedDocument {
  readonly tag: string;
  readonly sizeBytes: number;
  readonly plainBody: readonly Buffer[];
  readonly gzipBody: readonly Buffer[];
  #zstdBody: readonly Buffer[] | undefined;
  #isZstdWanted = false;

  constructor(
    readonly mediaType: string,
    pieces: readonly DocumentPiece[],
  ) {
    const hash = createHash('sha256');
    let [size, checksum] = [0, 0];
    for (const piece of pieces) {
      hash.update(piece.sha256);
      size += piece.plain.length;
      checksum = combineCrc32(checksum, piece.crc32, piece.crc32Shift);
    }
    this.tag = hash.digest('hex');
    this.sizeBytes = size;
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(checksum, 0);
    trailer.writeUInt32LE(size % 2 ** 32, 4);
    const deflated = pieces.map((piece) => piece.deflated);
    this.plainBody = joined(pieces.map(({ plain }) => plain));
    this.gzipBody = joined([GZIP_HEADER, ...deflated, LAST_BLOCK, trailer]);
  }

  zstdBody(): readonly Buffer[] | undefined {
    if (!this.#isZstdWanted) {
      this.#isZstdWanted = true;
      void compressZstd(this.plainBody).then(
        (body) => {
          this.#zstdBody = body;
        },
        // Everybody has gzip then.
        () => undefined,
      );
    }
    return this.#zstdBody;
  }

  get plain(): Buffer {
    return Buffer.concat(this.plainBody);
  }

  get gzip(): Buffer {
    return Buffer.concat(this.gzipBody);
  }
}

function joined(parts: readonly Buffer[]): readonly Buffer[] {
  const size = parts.reduce((sum, { length }) => sum + length, 0);
  return size <= JOINED_BYTES ? [Buffer.concat(parts, size)] : parts;
}
