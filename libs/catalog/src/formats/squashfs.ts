import type { ImageFormat } from './image-format.js';

/** A container's root file system as a squashfs image. */
export const squashfs = {
  name: 'squashfs',
  imageType: 'container',
  containers: ['squashfs'],
  fileExtension: 'squashfs',
  streamsItem: {
    ftype: 'squashfs',
    itemKey: 'squashfs',
    clients: ['incus', 'lxd'],
    combinedHashFields: ['combined_squashfs_sha256'],
    rank: 0,
  },
} as const satisfies ImageFormat;
