import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { constants, gunzipSync } from 'node:zlib';
import type { Schemas } from '@imgsrv/client';
import { usageError } from '../cli.errors.js';

export type FormatName = Schemas['CreateArtifactRequest']['format'];

/** The metadata that Incus and LXD look for, by the name of the attachment. */
const METADATA_NAMES = ['incus.tar.xz', 'lxd.tar.xz'] as const;
export type MetadataName = (typeof METADATA_NAMES)[number];

/** What a file can be in a release. */
export type FileRole =
  | { readonly kind: 'root'; readonly format: FormatName }
  | { readonly kind: 'metadata'; readonly name: MetadataName };

const HEAD_BYTES = 64 * 1024;
const GZIP_PROBE_BYTES = 8 * 1024;

interface Signature {
  readonly what: string;
  readonly offset: number;
  readonly bytes: Buffer;
  /** What to do with such a file. */
  readonly advice: string;
}

const TO_QCOW2 = 'Convert it first: qemu-img convert -O qcow2 FILE disk.qcow2.';
const TO_GZIP = 'Unpack it, and publish what is in it.';

/** What may be mistaken for a raw disk, or is no disk at all. */
const REFUSED: readonly Signature[] = [
  signature('a qcow version 1 image', 0, 'QFI\xfb\0\0\0\x01', TO_QCOW2),
  signature('a QED image', 0, 'QED\0', TO_QCOW2),
  signature('a VMDK image', 0, 'KDMV', TO_QCOW2),
  signature('a VMDK image', 0, 'COWD', TO_QCOW2),
  signature('a VMDK descriptor', 0, '# Disk DescriptorFile', TO_QCOW2),
  signature('a VHDX image', 0, 'vhdxfile', TO_QCOW2),
  signature('a VHD image', 0, 'conectix', TO_QCOW2),
  signature('a VDI image', 0x40, '\x7f\x10\xda\xbe', TO_QCOW2),
  signature('a LUKS encrypted volume', 0, 'LUKS\xba\xbe', 'imgsrv takes no encrypted disks.'),
  signature('zstd data', 0, '\x28\xb5\x2f\xfd', TO_GZIP),
  signature('lz4 data', 0, '\x04\x22\x4d\x18', TO_GZIP),
  signature('bzip2 data', 0, 'BZh', TO_GZIP),
  signature('a zip archive', 0, 'PK\x03\x04', TO_GZIP),
  signature('a 7z archive', 0, '7z\xbc\xaf\x27\x1c', TO_GZIP),
  signature('a tar archive', 257, 'ustar', 'Pack it: xz for rootfs.tar.xz, gzip for a unified incus.tar.gz.'),
];

/** Recognises a file by its content, and metadata archives by their names as well. Throws a usage error that says why not. */
export async function recogniseFile(file: string): Promise<FileRole> {
  const { head, sizeBytes } = await readHead(file);
  const name = basename(file);
  if (sizeBytes === 0) throw usageError(`${file} is empty.`);
  if (starts(head, 0, '\xfd7zXZ\0')) {
    const metadata = METADATA_NAMES.find(
      (known) => name === known || new RegExp(`[.-]${known.replaceAll('.', '\\.')}$`).test(name),
    );
    return metadata === undefined
      ? { kind: 'root', format: 'rootfs.tar.xz' }
      : { kind: 'metadata', name: metadata };
  }
  if (starts(head, 0, 'hsqs')) return { kind: 'root', format: 'squashfs' };
  if (starts(head, 0, '\x1f\x8b\x08')) return { kind: 'root', format: formatInGzip(file, head) };
  if (starts(head, 0, 'QFI\xfb') && head.readUInt32BE(4) > 1) return { kind: 'root', format: 'qcow2' };
  const refused = findRefused(head);
  if (refused !== undefined) throw usageError(`${file} is ${refused.what}.`, refused.advice);
  if (isDisk(head) || /\.(?:raw|img|iso)$/.test(name)) return { kind: 'root', format: 'raw' };
  throw usageError(
    `${file} is nothing that imgsrv publishes: neither qcow2, squashfs, xz, gzip nor a disk with partitions or a file system.`,
    'If it is a raw disk, let its name end with .raw.',
  );
}

async function readHead(file: string): Promise<{ readonly head: Buffer; readonly sizeBytes: number }> {
  const handle = await open(file, 'r');
  try {
    const info = await handle.stat();
    if (info.isDirectory()) throw usageError(`${file} is a directory.`, 'Name the files in it, one by one.');
    if (!info.isFile()) throw usageError(`${file} is no regular file.`);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return { head: buffer.subarray(0, bytesRead), sizeBytes: info.size };
  } finally {
    await handle.close();
  }
}

function formatInGzip(file: string, head: Buffer): FormatName {
  let content: Buffer;
  try {
    content = gunzipSync(head.subarray(0, GZIP_PROBE_BYTES), { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    throw usageError(`${file} is damaged: it begins as gzip does and cannot be unpacked.`);
  }
  const refused = findRefused(content);
  if (refused?.what === 'a tar archive') return 'incus.tar.gz';
  const inside = starts(content, 0, 'QFI\xfb')
    ? { what: 'a qcow2 image', advice: 'Unpack it: qcow2 is published as it is.' }
    : refused;
  if (inside !== undefined) throw usageError(`${file} is ${inside.what} in gzip.`, inside.advice);
  if (isDisk(content) || /\.(?:raw|img|iso)\.gz$/.test(file)) return 'raw.gz';
  throw usageError(
    `${file} is gzip of nothing that imgsrv publishes: neither a tar archive nor a disk.`,
    'If it is a raw disk, let its name end with .raw.gz.',
  );
}

function findRefused(head: Buffer): Signature | undefined {
  return REFUSED.find(({ offset, bytes }) => head.subarray(offset, offset + bytes.length).equals(bytes));
}

/** A partition table, a GUID partition table, an ISO 9660, ext or XFS file system. */
function isDisk(head: Buffer): boolean {
  return (
    starts(head, 510, '\x55\xaa') ||
    starts(head, 512, 'EFI PART') ||
    starts(head, 0x8001, 'CD001') ||
    starts(head, 0x438, '\x53\xef') ||
    starts(head, 0, 'XFSB')
  );
}

function starts(head: Buffer, offset: number, bytes: string): boolean {
  const wanted = Buffer.from(bytes, 'latin1');
  return head.subarray(offset, offset + wanted.length).equals(wanted);
}

function signature(what: string, offset: number, bytes: string, advice: string): Signature {
  return { what, offset, bytes: Buffer.from(bytes, 'latin1'), advice };
}
