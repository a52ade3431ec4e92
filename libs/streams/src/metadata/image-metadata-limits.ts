/** How much of an archive is looked at. */
export interface ImageMetadataLimits {
  readonly maxCompressedBytes: number;
  readonly maxDecompressedBytes: number;
  /** Size of `metadata.yaml` itself. */
  readonly maxMetadataBytes: number;
  /** Whether the archive has to end within the limits, so that nothing of it is left unseen. */
  readonly mustBeWhole: boolean;
}

const MIB = 1024 * 1024;

/** Ten times what builders write; parsing as much holds a worker for less than a tenth of a second. */
const MAX_METADATA_BYTES = 32 * 1024;

/**
 * A `tar.xz` holds `metadata.yaml` and templates: the limits are a hundred times what distribution builders make, and
 * it is read to its end. A `tar.gz` is a unified image; only its beginning is looked at, so its `metadata.yaml` has to
 * be there, and a second one is found only there.
 */
export const DEFAULT_LIMITS: Readonly<Record<'tar.xz' | 'tar.gz', ImageMetadataLimits>> = {
  'tar.xz': {
    maxCompressedBytes: 4 * MIB,
    maxDecompressedBytes: 64 * MIB,
    maxMetadataBytes: MAX_METADATA_BYTES,
    mustBeWhole: true,
  },
  'tar.gz': {
    // Data that gzip cannot compress becomes a little larger.
    maxCompressedBytes: 65 * MIB,
    maxDecompressedBytes: 64 * MIB,
    maxMetadataBytes: MAX_METADATA_BYTES,
    mustBeWhole: false,
  },
};
