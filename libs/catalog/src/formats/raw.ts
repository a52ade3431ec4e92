import type { ImageFormat } from './image-format.js';

/**
 * The bytes of a disk, as they are. Whatever a program that guesses formats would take for something else is not
 * raw: a guest's owner could otherwise plant a header that makes the host open other files. A hybrid ISO is made to
 * be written to a disk as it is, and no such program looks for it.
 */
export const raw = {
  name: 'raw',
  imageType: 'virtual-machine',
  containers: ['unknown', 'iso9660'],
  fileExtension: 'raw',
} as const satisfies ImageFormat;
