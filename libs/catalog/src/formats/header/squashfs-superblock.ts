import type { HeaderFacts } from './header-facts.js';

const SUPERBLOCK_BYTES = 96;

/**
 * Judges a squashfs file by its superblock, with the checks that the kernel makes before it mounts one.
 * Source: squashfs_fill_super() in Linux' fs/squashfs/super.c.
 */
export function readSquashfsSuperblock(head: Buffer, sizeBytes: number): HeaderFacts {
  if (head.length < SUPERBLOCK_BYTES) return { refusal: 'The squashfs superblock is truncated.' };
  if (head.readUInt8(0) !== 0x68) {
    return { refusal: 'The squashfs image is big-endian, a form that no current kernel mounts.' };
  }
  const major = head.readUInt16LE(28);
  const minor = head.readUInt16LE(30);
  if (major !== 4 || minor !== 0) {
    return { refusal: `The squashfs version is ${major}.${minor}; only 4.0 is accepted.` };
  }
  const blockBytes = head.readUInt32LE(12);
  const blockLog = head.readUInt16LE(22);
  if (blockLog < 12 || blockLog > 20 || blockBytes !== 2 ** blockLog) {
    return { refusal: `The squashfs block size ${blockBytes} is not legal.` };
  }
  const compression = head.readUInt16LE(20);
  if (compression < 1 || compression > 6) {
    return { refusal: `The squashfs compression method ${compression} does not exist.` };
  }
  const usedBytes = head.readBigUInt64LE(40);
  if (usedBytes < BigInt(SUPERBLOCK_BYTES) || usedBytes > BigInt(Math.trunc(sizeBytes))) {
    return {
      refusal: `The squashfs image claims ${usedBytes.toString()} bytes but the file has ${sizeBytes}.`,
    };
  }
  return {};
}
