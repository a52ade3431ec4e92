import { createRequire } from 'node:module';
import { setImmediate } from 'node:timers/promises';
import { isNativeError } from 'node:util/types';
import { UnsoundArchiveError } from './unsound-archive.error.js';

/**
 * xz-decompress is CommonJS that calls itself an ES module: Node finds no named export in it, Jest no default one.
 * `require` gives both the same.
 */
const { XzReadableStream } = createRequire(import.meta.url)(
  'xz-decompress',
) as typeof import('xz-decompress');

/** The decoder gives 64 KiB at a time without ever waiting; other work gets its turn after as many of them. */
const CHUNKS_PER_TURN = 8;

/** The result codes of xz-embedded's `xz_dec_run`; any other is damaged data. */
const REASONS: ReadonlyMap<number, string> = new Map([
  [3, 'there is not enough memory to decompress it'],
  [4, 'its dictionary is larger than 64 MiB'],
  [6, 'it uses an xz filter or integrity check that is not supported; recompress it with plain xz'],
  [8, 'it ends before its end'],
]);

/**
 * Decompresses an .xz file that is in memory, piece by piece; stop reading at any time. Memory stays below the
 * decoder's own limit of 64 MiB for the dictionary, whatever the headers claim, and stays with the process. The
 * package decodes one file at a time and lets others queue, so its input must be at hand: waiting for a source
 * inside would hold up every other file. Rejects with `UnsoundArchiveError`.
 */
export async function* decompressXz(compressed: Uint8Array): AsyncGenerator<Uint8Array, void> {
  // The package takes no data for a mistake of its caller.
  if (compressed.byteLength === 0) throw new UnsoundArchiveError('The metadata archive is empty.');
  const source = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(compressed);
      controller.close();
    },
  });
  const reader = new XzReadableStream(source).getReader();
  try {
    // The queue is released by cancelling, and only a stream that has left it may be: never before the first read.
    for (let chunks = 1; ; chunks += 1) {
      const { done, value } = await readChunk(reader);
      if (done) return;
      if (value.byteLength > 0) yield value;
      if (chunks % CHUNKS_PER_TURN === 0) await setImmediate();
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function readChunk(reader: ReadableStreamDefaultReader<Uint8Array>) {
  try {
    return await reader.read();
  } catch (cause) {
    const code = isNativeError(cause) ? /error code (\d+)$/.exec(cause.message)?.[1] : undefined;
    if (code === undefined) throw cause;
    const reason = REASONS.get(Number(code)) ?? 'its data is damaged or not xz';
    throw new UnsoundArchiveError(`The metadata archive cannot be read: ${reason}.`, { cause });
  }
}
