import { Readable, type Transform } from 'node:stream';
import * as zlib from 'node:zlib';

/** Node has it from 22.15 on. */
const { createZstdCompress } = zlib as { readonly createZstdCompress?: () => Transform };

/**
 * Compresses off the event loop, into one frame (RFC 8878): of several, as gzip has its members, Node and others read only the
 * first. Undefined where Node has no zstd.
 */
export async function compressZstd(body: readonly Buffer[]): Promise<readonly Buffer[] | undefined> {
  if (createZstdCompress === undefined) {
    return undefined;
  }
  const compressed = Readable.from(body, { objectMode: false }).pipe(createZstdCompress());
  return (await compressed.toArray()) as Buffer[];
}
