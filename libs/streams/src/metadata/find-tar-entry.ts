import { extract, type Extract } from 'tar-stream';
import type { ImageMetadataLimits } from './image-metadata-limits.js';
import { InvalidImageMetadataError } from './invalid-image-metadata.error.js';

type Entry = Extract extends AsyncIterable<infer Member> ? Member : never;

/** As Incus compares them: nothing is normalised, and nothing is ever written anywhere. */
const NAMES = new Set(['metadata.yaml', './metadata.yaml']);

/**
 * Finds `metadata.yaml` in a tar archive and gives its content; stops reading there. A failure of `archive` itself
 * passes through as it is; anything wrong with the archive is an `InvalidImageMetadataError`.
 */
export async function findMetadataEntry(
  archive: AsyncIterable<Uint8Array>,
  limits: ImageMetadataLimits,
): Promise<Buffer> {
  const source = new CountedSource(archive, limits.maxDecompressedBytes);
  const entries = extract();
  void feed(source.chunks(), entries);
  try {
    return await searchEntries(entries, limits);
  } catch (error) {
    if (source.hasFailed) throw source.failure;
    if (error instanceof InvalidImageMetadataError) throw error;
    throw new InvalidImageMetadataError('The metadata archive is damaged or no tar archive.', {
      cause: error,
    });
  } finally {
    entries.destroy(null);
  }
}

/** Ends, and lets go of the chunks, as soon as `entries` is destroyed; hands every failure to `entries`. */
async function feed(chunks: AsyncIterable<Uint8Array>, entries: Extract): Promise<void> {
  try {
    for await (const chunk of chunks) {
      if (!entries.destroying && !entries.write(chunk)) await drainOrClose(entries);
      if (entries.destroying) return;
    }
    entries.end(null);
  } catch (error) {
    entries.destroy(new Error('The source of the archive failed.', { cause: error }));
  }
}

function drainOrClose(entries: Extract): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      entries.off('drain', settle).off('close', settle);
      resolve();
    };
    entries.on('drain', settle).on('close', settle);
  });
}

async function searchEntries(entries: AsyncIterable<Entry>, limits: ImageMetadataLimits): Promise<Buffer> {
  let seen = 0;
  for await (const entry of entries) {
    if (NAMES.has(entry.header.name)) return await readEntry(entry, limits.maxMetadataBytes);
    seen += 1;
    if (seen >= limits.maxEntries) {
      throw new InvalidImageMetadataError(
        `metadata.yaml is not among the first ${seen} files of the archive.`,
      );
    }
    entry.resume();
  }
  throw new InvalidImageMetadataError('The archive has no metadata.yaml.');
}

async function readEntry(entry: Entry, maxBytes: number): Promise<Buffer> {
  if (entry.header.type !== 'file') {
    throw new InvalidImageMetadataError('metadata.yaml in the archive is no regular file.');
  }
  if (entry.header.size > maxBytes) {
    throw new InvalidImageMetadataError(`metadata.yaml is larger than ${maxBytes} bytes.`);
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of entry as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Gives up after a number of bytes and remembers the failure of the source, which reaches nobody else unchanged. */
class CountedSource {
  hasFailed = false;
  failure: unknown;

  constructor(
    private readonly source: AsyncIterable<Uint8Array>,
    private readonly maxBytes: number,
  ) {}

  async *chunks(): AsyncGenerator<Uint8Array, void> {
    let bytes = 0;
    try {
      for await (const chunk of this.source) {
        bytes += chunk.byteLength;
        if (bytes > this.maxBytes) {
          throw new InvalidImageMetadataError(
            `metadata.yaml is not within the first ${this.maxBytes} bytes of the archive; put it first.`,
          );
        }
        yield chunk;
      }
    } catch (error) {
      this.hasFailed = true;
      this.failure = error;
      throw error;
    }
  }
}
