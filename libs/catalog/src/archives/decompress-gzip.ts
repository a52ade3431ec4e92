import { pipeline, type Readable } from 'node:stream';
import { isNativeError } from 'node:util/types';
import { createGunzip } from 'node:zlib';
import { UnsoundArchiveError } from './unsound-archive.error.js';

const CHUNK_BYTES = 64 * 1024;

/**
 * Decompresses gzip data piece by piece, outside of the event loop; stop reading at any time. `onCompressed` is told of
 * every chunk before it is decompressed, and what it throws ends the reading. Rejects with
 * UnsoundArchiveError for damaged data, and with the error of `body` when reading that failed.
 */
export async function* decompressGzip(
  body: Readable,
  onCompressed: (chunk: Buffer) => void,
): AsyncGenerator<Uint8Array, void> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  // A failure on the way reaches the loop below as the error of gunzip.
  pipeline(
    body,
    (source) => tell(source, onCompressed),
    gunzip,
    () => undefined,
  );
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    if (!isZlibError(error)) throw error;
    throw new UnsoundArchiveError('The image is damaged or no gzip data.', { cause: error });
  } finally {
    body.destroy();
    gunzip.destroy();
  }
}

async function* tell(
  source: AsyncIterable<Buffer>,
  onCompressed: (chunk: Buffer) => void,
): AsyncGenerator<Buffer, void> {
  for await (const chunk of source) {
    onCompressed(chunk);
    yield chunk;
  }
}

function isZlibError(error: unknown): boolean {
  return isNativeError(error) && 'code' in error && String(error.code).startsWith('Z_');
}
