import { DISK_CONTAINERS, rawContent } from './disk-content.js';
import type { ImageFormat } from './image-format.js';

/**
 * The bytes of a disk, as they are. Whatever a program that guesses formats would take for something else is not
 * raw: a guest's owner could otherwise plant a header that makes the host open other files. A fixed VHD is: what makes
 * it one stands behind the disk, where no such program looks.
 */
export const raw = {
  name: 'raw',
  imageType: 'virtual-machine',
  containers: DISK_CONTAINERS,
  contentCheck: rawContent,
  fileExtension: 'raw',
} as const satisfies ImageFormat;
