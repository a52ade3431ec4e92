import { incusTarGzContent } from './content-of-archives.js';
import type { ImageFormat } from './image-format.js';

/**
 * A unified image: metadata and root file system in one gzip-compressed tar archive. LXD has an ftype of its own for
 * such images.
 */
export const incusTarGz = {
  name: 'incus.tar.gz',
  imageType: 'container',
  containers: ['gzip'],
  insideGzip: ['tar'],
  contentCheck: incusTarGzContent,
  fileExtension: 'incus_combined.tar.gz',
  streamsItem: {
    ftype: 'incus_combined.tar.gz',
    itemKey: 'incus_combined.tar.gz',
    clients: ['incus'],
    combinedHashFields: [],
    rank: 2,
  },
} as const satisfies ImageFormat;
