import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { constants, crc32, deflateRaw } from 'node:zlib';
import { crc32Shift } from './crc32.js';

const deflate = promisify(deflateRaw);

/** Bytes out of a document with all that a document of several of them needs: none of it is computed twice. */
export interface DocumentPiece {
  readonly plain: Buffer;
  /** Whole blocks of deflate that refer to nothing before them and end at a byte; the last one is not marked as such. */
  readonly deflated: Buffer;
  readonly sha256: Buffer;
  readonly crc32: number;
  readonly crc32Shift: number;
}

/** Compresses off the event loop. */
export async function makePiece(plain: Buffer): Promise<DocumentPiece> {
  return {
    plain,
    deflated: await deflate(plain, { finishFlush: constants.Z_FULL_FLUSH }),
    sha256: createHash('sha256').update(plain).digest(),
    crc32: crc32(plain),
    crc32Shift: crc32Shift(plain.length),
  };
}
