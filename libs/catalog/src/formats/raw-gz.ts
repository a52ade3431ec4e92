import { rawGzContent } from './content-of-archives.js';
import type { ImageFormat } from './image-format.js';
import { raw } from './raw.js';

/** A raw disk compressed with gzip; what it holds is bound by the same rule as `raw`. */
export const rawGz = {
  name: 'raw.gz',
  imageType: 'virtual-machine',
  containers: ['gzip'],
  insideGzip: raw.containers,
  contentCheck: rawGzContent,
  fileExtension: 'raw.gz',
} as const satisfies ImageFormat;
