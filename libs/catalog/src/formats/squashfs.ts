import type { ImageFormat } from './image-format.js';

/** A container's root file system as a squashfs image. */
export const squashfs = {
  name: 'squashfs',
  imageType: 'container',
  containers: ['squashfs'],
  mediaTypes: ['application/vnd.squashfs', 'application/x-squashfs', 'application/octet-stream'],
  defaultMediaType: 'application/vnd.squashfs',
  fileExtension: 'squashfs',
  streamsItemType: 'squashfs',
} as const satisfies ImageFormat;
