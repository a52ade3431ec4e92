import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { isNativeError } from 'node:util/types';
import { createGunzip, type Gunzip } from 'node:zlib';
import { UnsoundArchiveError } from './unsound-archive.error.js';

const CHUNK_BYTES = 64 * 1024;

/**
 * Decompresses gzip data piece by piece, outside of the event loop and to its very end, with the verdict of `gzip -t`;
 * stop reading at any time. `onCompressed` is told of every chunk before it is decompressed, and what it throws ends the
 * reading. Rejects with UnsoundArchiveError for damaged data, and with the error of `body` when reading that failed.
 */
export async function* decompressGzip(
  body: Readable,
  onCompressed: (chunk: Uint8Array) => void = () => undefined,
): AsyncGenerator<Uint8Array, void> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  const source = new WatchedSource(body, onCompressed);
  const fed = source.feed(gunzip);
  // It is looked at below; until then nobody waits for it.
  fed.catch(() => undefined);
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) yield chunk;
    source.isDone = true;
    await fed;
  } catch (error) {
    if (!isZlibError(error)) throw error;
    throw new UnsoundArchiveError('The archive is cut off, damaged or no gzip data.', { cause: error });
  } finally {
    body.destroy();
    gunzip.destroy();
  }
  refuseRemainder(source, gunzip.bytesWritten);
}

/** Only zeros may follow the last member; zlib stops at the first of them and does not look further. */
function refuseRemainder({ sizeBytes, dataBytes }: WatchedSource, usedBytes: number): void {
  if (sizeBytes === 0) throw new UnsoundArchiveError('The archive is empty.');
  if (dataBytes > usedBytes) {
    throw new UnsoundArchiveError(
      `The gzip data ends after ${usedBytes} of ${sizeBytes} bytes, and something that is no gzip data follows.`,
    );
  }
}

class WatchedSource {
  /** Whether nobody takes the bytes any more. They are read all the same. */
  isDone = false;
  sizeBytes = 0;
  /** Without the zeros at the end. */
  dataBytes = 0;

  constructor(
    private readonly body: Readable,
    private readonly onCompressed: (chunk: Uint8Array) => void,
  ) {}

  async feed(gunzip: Gunzip): Promise<void> {
    try {
      for await (const chunk of this.body as AsyncIterable<Buffer>) {
        this.onCompressed(chunk);
        this.count(chunk);
        if (!this.isDone && !gunzip.destroyed && !gunzip.write(chunk)) {
          await untilTaken(gunzip);
        }
      }
      gunzip.end();
    } catch (error) {
      gunzip.destroy(isNativeError(error) ? error : new Error('reading failed', { cause: error }));
      throw error;
    }
  }

  private count(chunk: Buffer): void {
    let end = chunk.length;
    while (end > 0 && chunk[end - 1] === 0) end -= 1;
    if (end > 0) this.dataBytes = this.sizeBytes + end;
    this.sizeBytes += chunk.length;
  }
}

/** Whether it took all, or is over; its failure rejects. */
async function untilTaken(gunzip: Gunzip): Promise<void> {
  const settled = new AbortController();
  const { signal } = settled;
  const events = ['drain', 'end', 'close'].map((event) => once(gunzip, event, { signal }));
  try {
    await Promise.race(events);
  } finally {
    settled.abort();
    await Promise.allSettled(events);
  }
}

function isZlibError(error: unknown): boolean {
  return isNativeError(error) && 'code' in error && String(error.code).startsWith('Z_');
}
