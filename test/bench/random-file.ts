import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Slice } from '../fixtures/upload-source.js';

/** A file of bytes nobody has seen before, so that no upload of it is skipped. */
export async function writeRandomFile(path: string, sizeBytes: number): Promise<void> {
  await pipeline(Readable.from(randomChunks(sizeBytes)), createWriteStream(path));
}

function* randomChunks(sizeBytes: number): Generator<Buffer> {
  const chunkBytes = 2 ** 22;
  const noise = randomBytes(chunkBytes);
  for (let sent = 0; sent < sizeBytes; sent += chunkBytes) {
    // A counter in fresh noise is unique enough and much faster than a gigabyte of randomness.
    noise.writeBigUInt64LE(BigInt(sent), 0);
    yield Buffer.from(noise.subarray(0, Math.min(chunkBytes, sizeBytes - sent)));
  }
}

/** Cuts a file into `count` parts of equal size, the last one taking the rest. */
export function slicesOf(sizeBytes: number, count: number): Slice[] {
  const partBytes = Math.floor(sizeBytes / count);
  return Array.from({ length: count }, (_, index) => ({
    start: index * partBytes,
    end: index === count - 1 ? sizeBytes : (index + 1) * partBytes,
  }));
}
