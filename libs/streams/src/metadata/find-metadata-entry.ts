import { BeyondLimitError, ByteReader, type TarEntry, TarReader, toRelativePath } from '@imgsrv/catalog';
import type { ImageMetadataLimits } from './image-metadata-limits.js';
import { type ArchiveContent, isTemplateFile, normalizeMember } from './image-metadata-templates.js';
import { InvalidImageMetadataError } from './invalid-image-metadata.error.js';

/** The `metadata.yaml` of an archive and what else it needs of it. */
export interface MetadataEntry {
  readonly yaml: Buffer;
  readonly archive: ArchiveContent;
}

/**
 * Gives the content of the one `metadata.yaml` of a tar archive. All of the archive that the limits let through is
 * looked at: with two of them, one program reads the first and another unpacks the last. A failure of `archive` itself
 * passes through as it is; anything wrong with the archive is an InvalidImageMetadataError or an UnsoundArchiveError.
 */
export async function findMetadataEntry(
  archive: AsyncIterable<Uint8Array>,
  limits: ImageMetadataLimits,
): Promise<MetadataEntry> {
  let isWhole = true;
  const reader = new ByteReader(archive, limits.maxDecompressedBytes);
  const search = new MetadataSearch(new TarReader(reader), limits.maxMetadataBytes);
  try {
    await search.run();
    await reader.drain();
  } catch (error) {
    if (!(error instanceof BeyondLimitError)) throw error;
    refuseUnseen(search.found, limits, error);
    isWhole = false;
  } finally {
    await reader.close();
  }
  if (search.found === undefined) throw new InvalidImageMetadataError('The archive has no metadata.yaml.');
  return { yaml: search.found, archive: { templates: search.templates, isWhole } };
}

/** Keeps what it found, also when the archive goes on after the limit. */
class MetadataSearch {
  found: Buffer | undefined;
  readonly templates = new Set<string>();
  private isNamed = false;

  constructor(
    private readonly tar: TarReader,
    private readonly maxBytes: number,
  ) {}

  async run(): Promise<void> {
    for (let entry = await this.tar.next(); entry !== undefined; entry = await this.tar.next()) {
      const name = normalizeMember(entry.name);
      if (entry.isRegularFile && isTemplateFile(name)) this.templates.add(name);
      // Whatever a program that unpacks the archive would write to `metadata.yaml`.
      if (name.replace(/\/$/, '') !== 'metadata.yaml') continue;
      const isRead = toRelativePath(entry.name) === 'metadata.yaml';
      if (this.isNamed && (isRead || this.found !== undefined)) {
        throw new InvalidImageMetadataError('The archive has more than one metadata.yaml.');
      }
      this.isNamed = true;
      if (isRead) this.found = await this.readEntry(entry);
    }
  }

  private async readEntry({ isRegularFile, sizeBytes }: TarEntry): Promise<Buffer> {
    if (!isRegularFile) {
      throw new InvalidImageMetadataError('metadata.yaml in the archive is no regular file.');
    }
    if (sizeBytes > this.maxBytes) {
      throw new InvalidImageMetadataError(`metadata.yaml is larger than ${this.maxBytes} bytes.`);
    }
    return this.tar.readContent();
  }
}

function refuseUnseen(
  found: Buffer | undefined,
  { mustBeWhole }: ImageMetadataLimits,
  { limit }: BeyondLimitError,
): void {
  if (found === undefined) {
    throw new InvalidImageMetadataError(
      `metadata.yaml is not within the first ${limit} of the archive; put it first.`,
    );
  }
  if (mustBeWhole) {
    throw new InvalidImageMetadataError(
      `The metadata archive continues after its first ${limit}; leave out everything but metadata.yaml and templates.`,
    );
  }
}
