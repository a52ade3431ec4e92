import { rootfsTarXzContent } from './content-of-archives.js';
import type { ImageFormat } from './image-format.js';

/** A container's root file system as an xz-compressed tar archive. */
export const rootfsTarXz = {
  name: 'rootfs.tar.xz',
  imageType: 'container',
  containers: ['xz'],
  contentCheck: rootfsTarXzContent,
  fileExtension: 'root.tar.xz',
  streamsItem: {
    ftype: 'root.tar.xz',
    itemKey: 'root.tar.xz',
    clients: ['incus', 'lxd'],
    combinedHashFields: ['combined_rootxz_sha256', 'combined_sha256'],
    rank: 1,
  },
} as const satisfies ImageFormat;
