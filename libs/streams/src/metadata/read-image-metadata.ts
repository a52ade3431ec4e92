import { addAbortSignal, pipeline, type Readable } from 'node:stream';
import { isNativeError } from 'node:util/types';
import { createGunzip } from 'node:zlib';
import { decompressXz } from './decompress-xz.js';
import { findMetadataEntry } from './find-tar-entry.js';
import { DEFAULT_LIMITS, type ImageMetadataLimits } from './image-metadata-limits.js';
import type { ImageMetadata } from './image-metadata.js';
import { InvalidImageMetadataError } from './invalid-image-metadata.error.js';
import { parseImageMetadata } from './parse-image-metadata.js';

/** How the archive is compressed: a split metadata archive, or a unified image. */
export type MetadataContainer = 'tar.xz' | 'tar.gz';

export interface ReadImageMetadataOptions extends Partial<ImageMetadataLimits> {
  /** Aborting destroys `body` at once and rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Reads `metadata.yaml` out of a metadata archive (`incus.tar.xz`, `lxd.tar.xz`) or a unified image
 * (`incus.tar.gz`), as a stream and within the limits; nothing is extracted to anywhere. Stops as soon as it has the
 * file; `body` is destroyed in every case. Rejects with `InvalidImageMetadataError` when the content is at fault, and
 * with the error of `body` when reading it failed.
 */
export async function readImageMetadata(
  body: Readable,
  container: MetadataContainer,
  options: ReadImageMetadataOptions = {},
): Promise<ImageMetadata> {
  const { signal, ...overrides } = options;
  const limits: ImageMetadataLimits = { ...DEFAULT_LIMITS[container], ...overrides };
  try {
    signal?.throwIfAborted();
    if (signal !== undefined) addAbortSignal(signal, body);
    const archive = container === 'tar.xz' ? readXz(body, limits, signal) : readGzip(body, limits);
    return parseImageMetadata(await findMetadataEntry(archive, limits));
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    body.destroy();
  }
}

/** A metadata archive is small: its compressed bytes are collected up to the limit, then decompressed. */
async function* readXz(
  body: Readable,
  limits: ImageMetadataLimits,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void> {
  const { bytes, isWhole } = await readStart(body, limits.maxCompressedBytes);
  try {
    for await (const chunk of decompressXz(bytes)) {
      signal?.throwIfAborted();
      yield chunk;
    }
  } catch (error) {
    if (isWhole || !(error instanceof InvalidImageMetadataError)) throw error;
    throw tooFarIn(limits.maxCompressedBytes, error);
  }
  if (!isWhole) throw tooFarIn(limits.maxCompressedBytes);
}

async function readStart(body: Readable, maxBytes: number): Promise<{ bytes: Buffer; isWhole: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxBytes) return { bytes: Buffer.concat(chunks, maxBytes), isWhole: false };
  }
  return { bytes: Buffer.concat(chunks), isWhole: true };
}

async function* readGzip(body: Readable, limits: ImageMetadataLimits): AsyncGenerator<Uint8Array, void> {
  const gunzip = createGunzip();
  // A failure on the way reaches the loop below as the error of gunzip.
  pipeline(
    body,
    (source) => upTo(source, limits.maxCompressedBytes),
    gunzip,
    () => undefined,
  );
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    if (!isZlibError(error)) throw error;
    throw new InvalidImageMetadataError('The image is damaged or no gzip data.', { cause: error });
  } finally {
    body.destroy();
    gunzip.destroy();
  }
}

async function* upTo(source: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Buffer, void> {
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooFarIn(maxBytes);
    yield chunk;
  }
}

function isZlibError(error: unknown): boolean {
  return isNativeError(error) && 'code' in error && String(error.code).startsWith('Z_');
}

function tooFarIn(maxBytes: number, cause?: unknown): InvalidImageMetadataError {
  return new InvalidImageMetadataError(
    `metadata.yaml is not within the first ${maxBytes} compressed bytes of the archive; put it first.`,
    { cause },
  );
}
