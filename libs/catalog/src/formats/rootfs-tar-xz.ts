import type { ImageFormat } from './image-format.js';

/** A container's root file system as an xz-compressed tar archive. */
export const rootfsTarXz = {
  name: 'rootfs.tar.xz',
  imageType: 'container',
  containers: ['xz'],
  mediaTypes: ['application/x-xz', 'application/octet-stream'],
  defaultMediaType: 'application/x-xz',
  fileExtension: 'root.tar.xz',
  streamsItemType: 'root.tar.xz',
} as const satisfies ImageFormat;
