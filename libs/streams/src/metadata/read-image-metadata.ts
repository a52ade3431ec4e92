import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import {
  BeyondLimitError,
  COMPRESSION_HEAD_BYTES,
  decompressGzip,
  decompressXz,
  describeOtherCompression,
  UnsoundArchiveError,
} from '@imgsrv/catalog';
import { findMetadataEntry } from './find-metadata-entry.js';
import { DEFAULT_LIMITS, type ImageMetadataLimits } from './image-metadata-limits.js';
import type { ImageMetadata } from './image-metadata.js';
import { InvalidImageMetadataError } from './invalid-image-metadata.error.js';
import { parseImageMetadata } from './parse-image-metadata.js';
import { ReadingBudget } from './reading-budget.js';

/** How the archive is compressed: a split metadata archive, or a unified image. */
export type MetadataContainer = 'tar.xz' | 'tar.gz';

export interface ReadImageMetadataOptions extends Partial<ImageMetadataLimits> {
  /** Aborting destroys `body` at once and rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Shared by all that is read for one job; one of its own when absent. */
  readonly budget?: ReadingBudget;
}

/**
 * Reads `metadata.yaml` out of a metadata archive (`incus.tar.xz`, `lxd.tar.xz`) or a unified image
 * (`incus.tar.gz`), as a stream and within the limits and the budget; nothing is extracted to anywhere. `body` is
 * destroyed in every case. Rejects with InvalidImageMetadataError when the content is at fault, and with the error of
 * `body` when reading it failed.
 */
export async function readImageMetadata(
  body: Readable,
  container: MetadataContainer,
  options: ReadImageMetadataOptions = {},
): Promise<ImageMetadata> {
  const { signal } = options;
  const limits: ImageMetadataLimits = { ...DEFAULT_LIMITS[container], ...options };
  // The failure of a body that is destroyed while nothing waits for it concerns nobody.
  body.on('error', () => undefined);
  try {
    signal?.throwIfAborted();
    return await orAborted(read(body, container, limits, options), signal);
  } catch (error) {
    if (!(error instanceof UnsoundArchiveError)) throw error;
    throw new InvalidImageMetadataError(error.message, { cause: error });
  } finally {
    body.destroy();
  }
}

async function read(
  body: Readable,
  container: MetadataContainer,
  limits: ImageMetadataLimits,
  { budget = new ReadingBudget(), signal }: ReadImageMetadataOptions,
): Promise<ImageMetadata> {
  const archive = container === 'tar.xz' ? readXz(body, limits, budget) : readGzip(body, limits, budget);
  const entry = await findMetadataEntry(metered(archive, budget, signal), limits);
  budget.spendParsed(entry.yaml.length);
  await setImmediate();
  return parseImageMetadata(entry.yaml, entry.archive);
}

async function* metered(
  archive: AsyncIterable<Uint8Array>,
  budget: ReadingBudget,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of archive) {
    signal?.throwIfAborted();
    budget.spendDecompressed(chunk.byteLength);
    yield chunk;
  }
}

/**
 * As `work`, but rejects as soon as the signal is aborted, whatever `work` waits for. Work that is left behind ends by
 * itself: its body is destroyed, and it asks the signal at every chunk.
 */
async function orAborted<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (signal === undefined) return work;
  const settled = new AbortController();
  try {
    await Promise.race([work, once(signal, 'abort', { signal: settled.signal })]);
    signal.throwIfAborted();
    return await work;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    settled.abort();
  }
}

/** A metadata archive is small, and has to be. */
async function* readXz(
  body: Readable,
  { maxCompressedBytes }: ImageMetadataLimits,
  budget: ReadingBudget,
): AsyncGenerator<Uint8Array, void> {
  let head = Buffer.alloc(0);
  let bytes = 0;
  const archive = decompressXz(body, (chunk) => {
    bytes += chunk.length;
    if (bytes > maxCompressedBytes) {
      throw new InvalidImageMetadataError(
        `The metadata archive is larger than ${maxCompressedBytes} bytes; leave out everything but metadata.yaml and templates.`,
      );
    }
    budget.spendCompressed(chunk.length);
    if (head.length < COMPRESSION_HEAD_BYTES) {
      head = Buffer.concat([head, chunk]).subarray(0, COMPRESSION_HEAD_BYTES);
    }
  });
  try {
    yield* archive;
  } catch (error) {
    const other = error instanceof UnsoundArchiveError ? describeOtherCompression(head) : undefined;
    throw other === undefined ? error : new UnsoundArchiveError(other, { cause: error });
  }
}

/** The limit of compressed bytes is for data that decompresses to nothing. */
function readGzip(
  body: Readable,
  { maxCompressedBytes }: ImageMetadataLimits,
  budget: ReadingBudget,
): AsyncIterable<Uint8Array> {
  let bytes = 0;
  return decompressGzip(body, (chunk) => {
    bytes += chunk.length;
    if (bytes > maxCompressedBytes) throw new BeyondLimitError(`${maxCompressedBytes} compressed bytes`);
    budget.spendCompressed(chunk.length);
  });
}
