import type { Readable } from 'node:stream';
import type { ContentSource } from '../formats/content-check.js';
import { decompressGzip } from './decompress-gzip.js';
import { decompressXz } from './decompress-xz.js';
import { BeyondLimitError, ByteReader } from './tar/byte-reader.js';
import { type TarEntry, TarReader } from './tar/tar-reader.js';
import { UnsoundArchiveError } from './unsound-archive.error.js';

const GIB = 1024 ** 3;

/** How many decompressed bytes are read: so many for each compressed one, beside some that every file may have. */
export interface DecompressionLimit {
  readonly freeBytes: number;
  readonly ratio: number;
}

/** Files of a root file system; what is all zeros within them seldom makes more of it. */
export const TAR_LIMIT: DecompressionLimit = { freeBytes: 8 * GIB, ratio: 50 };

/** A disk is mostly empty, and gzip makes 1/1000 of that. */
export const DISK_LIMIT: DecompressionLimit = { freeBytes: 64 * GIB, ratio: 50 };

/**
 * Reads a compressed file to its end: what its compression checks is checked. `read` sees the decompressed bytes, and
 * what it leaves is read as well. Resolves to what `read` finds or to what is wrong with the bytes, a sentence for the
 * publisher. Rejects with the failures of the source.
 */
export async function readToEnd(
  source: ContentSource,
  compression: 'xz' | 'gzip',
  limit: DecompressionLimit,
  read: (bytes: ByteReader) => Promise<string | undefined>,
): Promise<string | undefined> {
  const body = await source.open();
  // The failure of a body that is destroyed while nothing waits for it concerns nobody.
  body.on('error', () => undefined);
  const maxBytes = limit.freeBytes + limit.ratio * source.sizeBytes;
  const reader = new ByteReader(abortable(decompress(body, compression), source.signal), maxBytes);
  try {
    const problem = await read(reader);
    await reader.drain();
    return problem;
  } catch (error) {
    if (error instanceof UnsoundArchiveError) return error.message;
    if (!(error instanceof BeyondLimitError)) throw error;
    return `It decompresses to more than ${maxBytes} bytes, which is too much for its size.`;
  } finally {
    await reader.close();
    body.destroy();
  }
}

/** Tells of every member of a tar archive. Rejects with UnsoundArchiveError when it is none, or has no members. */
export async function walkTar(bytes: ByteReader, onEntry: (entry: TarEntry) => void): Promise<void> {
  const tar = new TarReader(bytes);
  let isEmpty = true;
  for (let entry = await tar.next(); entry !== undefined; entry = await tar.next()) {
    isEmpty = false;
    onEntry(entry);
  }
  if (isEmpty) throw new UnsoundArchiveError('The archive holds no files.');
}

/** The name of a member as a program that unpacks it makes a path of it: without `/` and `./` before it. */
export function toRelativePath(name: string): string {
  return name.replace(/^(?:\.?\/+)+/, '').replace(/^\.$/, '');
}

function decompress(body: Readable, compression: 'xz' | 'gzip'): AsyncIterable<Uint8Array> {
  switch (compression) {
    case 'xz':
      return decompressXz(body);
    case 'gzip':
      return decompressGzip(body);
  }
}

async function* abortable(
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    yield chunk;
  }
}
