/** How much of a metadata archive is looked at before it is given up. */
export interface ImageMetadataLimits {
  readonly maxCompressedBytes: number;
  readonly maxDecompressedBytes: number;
  /** Archive members that may come before `metadata.yaml`, itself included. */
  readonly maxEntries: number;
  /** Size of `metadata.yaml` itself. */
  readonly maxMetadataBytes: number;
}

const MIB = 1024 * 1024;

/**
 * What is enough for the archives of distribution builders with a margin of a hundred. A `tar.gz` is a unified image,
 * whose metadata may come after its root file system.
 */
export const DEFAULT_LIMITS: Readonly<Record<'tar.xz' | 'tar.gz', ImageMetadataLimits>> = {
  'tar.xz': {
    maxCompressedBytes: 4 * MIB,
    maxDecompressedBytes: 64 * MIB,
    maxEntries: 10_000,
    maxMetadataBytes: MIB,
  },
  'tar.gz': {
    maxCompressedBytes: 2048 * MIB,
    maxDecompressedBytes: 2048 * MIB,
    maxEntries: 500_000,
    maxMetadataBytes: MIB,
  },
};
