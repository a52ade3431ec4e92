import type { Container } from './container.js';

/**
 * Recognises the container of a file from its first bytes; total over every input.
 *
 * Disk image formats are told as qemu tells them when nobody says which format a disk has, because bytes that qemu
 * would open as an image must never pass as `unknown`. They come before the wrappings: a file that is both is a
 * disk image. Source: the `bdrv_probe` functions in qemu's `block/`.
 */
export function detectContainer(head: Buffer): Container {
  return detectDiskImage(head) ?? detectWrapping(head) ?? 'unknown';
}

interface Magic {
  readonly container: Container;
  readonly offset: number;
  readonly bytes: Buffer;
}

const QCOW = Buffer.from('QFI\xfb', 'latin1');

const DISK_IMAGE_MAGICS: readonly Magic[] = [
  magic('qed', 0, 'QED\0'),
  magic('vmdk', 0, 'KDMV'),
  magic('vmdk', 0, 'COWD'),
  magic('vhdx', 0, 'vhdxfile'),
  magic('vhd', 0, 'conectix'),
  magic('luks', 0, 'LUKS\xba\xbe'),
  magic('vdi', 0x40, '\x7f\x10\xda\xbe'),
  magic('parallels', 0, 'WithoutFreeSpace'),
  magic('parallels', 0, 'WithouFreSpacExt'),
  magic('bochs', 0, 'Bochs Virtual HD Image'),
  magic('cloop', 0, '#!/bin/sh\n#V2.0 Format\nmodprobe cloop'),
];

const WRAPPING_MAGICS: readonly Magic[] = [
  magic('squashfs', 0, 'hsqs'),
  magic('squashfs', 0, 'sqsh'),
  magic('xz', 0, '\xfd7zXZ\0'),
  magic('gzip', 0, '\x1f\x8b\x08'),
  magic('zstd', 0, '\x28\xb5\x2f\xfd'),
  magic('lz4', 0, '\x04\x22\x4d\x18'),
  magic('zip', 0, 'PK\x03\x04'),
  magic('sevenzip', 0, '7z\xbc\xaf\x27\x1c'),
  magic('tar', 257, 'ustar'),
  magic('iso9660', 0x8001, 'CD001'),
];

function magic(container: Container, offset: number, bytes: string): Magic {
  return { container, offset, bytes: Buffer.from(bytes, 'latin1') };
}

function detectDiskImage(head: Buffer): Container | undefined {
  if (startsWith(head, QCOW, 0) && head.length >= 8) return head.readUInt32BE(4) === 1 ? 'qcow1' : 'qcow2';
  return findMagic(head, DISK_IMAGE_MAGICS) ?? (isVmdkDescriptor(head) ? 'vmdk' : undefined);
}

function detectWrapping(head: Buffer): Container | undefined {
  const found = findMagic(head, WRAPPING_MAGICS);
  if (found !== undefined) return found;
  if (isBzip2(head)) return 'bzip2';
  return isTarWithoutMagic(head) ? 'tar' : undefined;
}

function findMagic(head: Buffer, magics: readonly Magic[]): Container | undefined {
  return magics.find(({ bytes, offset }) => startsWith(head, bytes, offset))?.container;
}

function startsWith(head: Buffer, bytes: Buffer, offset: number): boolean {
  return (
    head.length >= offset + bytes.length &&
    head.compare(bytes, 0, bytes.length, offset, offset + bytes.length) === 0
  );
}

/** qemu takes text as VMDK when `version=1`, `2` or `3` comes first, after nothing but comments and blank lines. */
function isVmdkDescriptor(head: Buffer): boolean {
  return /^(?:#[^\n]*\n| *\r?\n)*version=[123]\r?\n/.test(head.toString('latin1', 0, 4096));
}

function isBzip2(head: Buffer): boolean {
  if (!/^BZh[1-9]$/.test(head.toString('latin1', 0, 4))) return false;
  const block = head.toString('hex', 4, 10);
  return block === '314159265359' || block === '177245385090';
}

/** Archives of tar programs before POSIX have no magic, only the header's checksum. */
function isTarWithoutMagic(head: Buffer): boolean {
  const recorded = /^ *([0-7]{1,7})[ \0]/.exec(head.toString('latin1', 148, 156))?.[1];
  if (head.length < 512 || recorded === undefined) return false;
  const header = Buffer.from(head.subarray(0, 512)).fill(' ', 148, 156);
  return header.reduce((sum, byte) => sum + byte, 0) === Number.parseInt(recorded, 8);
}
