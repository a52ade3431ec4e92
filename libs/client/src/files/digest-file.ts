import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

const READ_BYTES = 1024 * 1024;

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told how many bytes were read, in all. */
  readonly onRead?: ((bytes: number) => void) | undefined;
}

/** The SHA-256 of a file, or of its bytes from `start` up to `end`, as 32 bytes. */
export async function hashFile(
  file: string,
  { signal, onRead }: ReadOptions = {},
  slice?: { readonly start: number; readonly end: number },
): Promise<Buffer> {
  const hash = createHash('sha256');
  for await (const chunk of readSlice(file, slice, signal)) {
    hash.update(chunk);
    onRead?.(chunk.length);
  }
  return hash.digest();
}

/** The digest of a file as the API writes it. */
export async function digestFile(file: string, options: ReadOptions = {}): Promise<string> {
  let bytes = 0;
  const hash = await hashFile(file, {
    signal: options.signal,
    onRead: (length) => {
      bytes += length;
      options.onRead?.(bytes);
    },
  });
  return `sha256:${hash.toString('hex')}`;
}

/** A part of a file, read as it is consumed. */
export async function* readSlice(
  file: string,
  slice?: { readonly start: number; readonly end: number },
  signal?: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  if (slice !== undefined && slice.end <= slice.start) return;
  const range = slice === undefined ? {} : { start: slice.start, end: slice.end - 1 };
  const content = createReadStream(file, { ...range, highWaterMark: READ_BYTES, signal });
  yield* content as AsyncIterable<Buffer>;
}
