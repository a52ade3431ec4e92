import { type ContentCheck, toFinding } from './content-check.js';
import { type Container, describeContainer } from './header/container.js';
import { detectContainer } from './header/detect-container.js';
import { describeTextDocument } from './header/text-document.js';
import { HEADER_BYTES } from './inspect-header.js';
import { readRegion } from './read-regions.js';

/**
 * What the bytes of a disk may begin like. A disk without partitions begins with its file system, also one that has a
 * magic of its own. A hybrid ISO is made to be written to a disk as it is.
 */
export const DISK_CONTAINERS = ['unknown', 'iso9660', 'squashfs'] as const satisfies readonly Container[];

/**
 * What is wrong with the bytes of a disk of `sizeBytes` that begins with `head`, its first `HEADER_BYTES` or all of it:
 * one sentence for the publisher, or undefined.
 */
export function findDiskProblem(head: Buffer, sizeBytes: number): string | undefined {
  if (sizeBytes === 0) {
    return 'The disk has no bytes at all; upload the image itself.';
  }
  const container = detectContainer(head);
  if (!(DISK_CONTAINERS as readonly Container[]).includes(container)) {
    return `The bytes of the disk are ${describeContainer(container)}.`;
  }
  const document = container === 'unknown' ? describeTextDocument(head) : undefined;
  return document && `The bytes of the disk are ${document}.`;
}

/** Raw disks say nothing of themselves, so that anything could be taken for one. Reads the beginning only. */
export const rawContent: ContentCheck = {
  name: 'raw',
  version: 1,
  judge: async (source) => {
    const head = await readRegion(source, 0, Math.min(HEADER_BYTES, source.sizeBytes));
    return toFinding(findDiskProblem(head, source.sizeBytes));
  },
};
