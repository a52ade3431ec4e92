/**
 * What a file's first bytes can be recognised as: every format that qemu finds by looking at a disk's first
 * sector, and the wrappings that images are commonly shipped in. `unknown` is everything else, raw disks with a
 * partition table or a file system included.
 */
export type Container =
  | 'bochs'
  | 'bzip2'
  | 'cloop'
  | 'gzip'
  | 'iso9660'
  | 'luks'
  | 'lz4'
  | 'parallels'
  | 'qcow1'
  | 'qcow2'
  | 'qed'
  | 'sevenzip'
  | 'squashfs'
  | 'tar'
  | 'unknown'
  | 'vdi'
  | 'vhd'
  | 'vhdx'
  | 'vmdk'
  | 'xz'
  | 'zip'
  | 'zstd';

const LABEL: Record<Container, string> = {
  bochs: 'a Bochs disk image',
  bzip2: 'bzip2 data',
  cloop: 'a cloop disk image',
  gzip: 'gzip data',
  iso9660: 'an ISO 9660 image',
  luks: 'a LUKS encrypted volume',
  lz4: 'lz4 data',
  parallels: 'a Parallels disk image',
  qcow1: 'a qcow version 1 image',
  qcow2: 'a qcow2 image',
  qed: 'a QED image',
  sevenzip: 'a 7z archive',
  squashfs: 'a squashfs image',
  tar: 'a tar archive',
  unknown: 'of no known format',
  vdi: 'a VDI image',
  vhd: 'a VHD image',
  vhdx: 'a VHDX image',
  vmdk: 'a VMDK image',
  xz: 'xz data',
  zip: 'a zip archive',
  zstd: 'zstd data',
};

/** For a sentence to a publisher, after "is" or "are". */
export function describeContainer(container: Container): string {
  return LABEL[container];
}
