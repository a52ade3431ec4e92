import type { ImageFormat } from './image-format.js';

/** A unified image: metadata and root file system in one gzip-compressed tar archive. */
export const incusTarGz = {
  name: 'incus.tar.gz',
  imageType: 'container',
  containers: ['gzip'],
  insideGzip: ['tar'],
  mediaTypes: ['application/gzip', 'application/x-gzip', 'application/octet-stream'],
  defaultMediaType: 'application/gzip',
  fileExtension: 'incus_combined.tar.gz',
  streamsItemType: 'incus_combined.tar.gz',
} as const satisfies ImageFormat;
