import { gzipSync } from 'node:zlib';
import { makeQcow2 } from './fixtures/qcow2-bytes.js';
import { readRealHeads } from './fixtures/real-heads.js';
import { HEADER_BYTES, type HeaderInspection, inspectHeader } from './inspect-header.js';

const realHeads = readRealHeads();
const GIB = 2 ** 30;

function inspectReal(name: string): HeaderInspection {
  const real = realHeads.get(name);
  if (real === undefined) throw new Error(`no fixture ${name}`);
  return inspectHeader(real.head, real.sizeBytes);
}

describe('inspectHeader on files of real tools', () => {
  test.each<[string, HeaderInspection]>([
    ['qcow2', { detected: 'qcow2', virtualSizeBytes: GIB }],
    ['qcow2-v2', { detected: 'qcow2', virtualSizeBytes: 10 * GIB }],
    ['qcow2-512-byte-clusters', { detected: 'qcow2', virtualSizeBytes: 64 * 2 ** 20 }],
    ['qcow2-2-mib-clusters', { detected: 'qcow2', virtualSizeBytes: 20 * GIB }],
    ['qcow2-extended-l2', { detected: 'qcow2', virtualSizeBytes: GIB }],
    ['qcow2-zstd', { detected: 'qcow2', virtualSizeBytes: GIB }],
    ['qcow2-lazy-refcounts', { detected: 'qcow2', virtualSizeBytes: GIB }],
    ['qcow2-bitmap', { detected: 'qcow2', virtualSizeBytes: GIB }],
    ['qcow2-snapshot', { detected: 'qcow2', virtualSizeBytes: GIB }],
    ['qcow2-32-tib', { detected: 'qcow2', virtualSizeBytes: 32 * 2 ** 40 }],
    ['qcow2-unbacked-again', { detected: 'qcow2', virtualSizeBytes: GIB }],
    ['raw-gpt', { detected: 'unknown', virtualSizeBytes: 16 * 2 ** 20 }],
    ['raw-mbr', { detected: 'unknown', virtualSizeBytes: 16 * 2 ** 20 }],
    ['raw-ext4', { detected: 'unknown', virtualSizeBytes: 2 ** 20 }],
    ['raw-gz', { detected: 'gzip', insideGzip: 'unknown' }],
    ['raw-gz-with-name', { detected: 'gzip', insideGzip: 'unknown' }],
    ['qcow2-gz', { detected: 'gzip', insideGzip: 'qcow2' }],
    ['tar-gz', { detected: 'gzip', insideGzip: 'tar' }],
    ['squashfs-gzip', { detected: 'squashfs' }],
    ['squashfs-xz', { detected: 'squashfs' }],
    ['tar-xz', { detected: 'xz' }],
    ['tar', { detected: 'tar' }],
    ['tar-pax', { detected: 'tar' }],
    ['tar-v7', { detected: 'tar' }],
    ['tar-zst', { detected: 'zstd' }],
    ['tar-bz2', { detected: 'bzip2' }],
    ['lz4', { detected: 'lz4' }],
    ['qcow1', { detected: 'qcow1' }],
    ['qed', { detected: 'qed' }],
    ['vmdk', { detected: 'vmdk' }],
    ['vmdk-descriptor', { detected: 'vmdk' }],
    ['vdi', { detected: 'vdi' }],
    ['vhdx', { detected: 'vhdx' }],
    ['vhd', { detected: 'vhd' }],
    ['parallels', { detected: 'parallels' }],
  ])('%s', (name, expected) => {
    expect(inspectReal(name)).toEqual(expected);
  });

  test.each<[string, RegExp]>([
    ['qcow2-backing-file', /has a backing file/],
    ['qcow2-v2-backing-file', /has a backing file/],
    ['qcow2-rebased-onto-host-file', /has a backing file/],
    ['qcow2-external-data-file', /external data file/],
    ['qcow2-raw-external-data-file', /external data file/],
    ['qcow2-aes', /encrypted/],
  ])('refuses %s', (name, reason) => {
    expect(inspectReal(name)).toEqual({
      detected: 'qcow2',
      refusal: expect.stringMatching(reason) as string,
    });
  });
});

describe('inspectHeader on other containers', () => {
  test.each<[string, string, string]>([
    ['luks', 'LUKS\xba\xbe\0\x02', 'luks'],
    ['Bochs', 'Bochs Virtual HD Image\0', 'bochs'],
    ['cloop', '#!/bin/sh\n#V2.0 Format\nmodprobe cloop file=$1', 'cloop'],
    ['ESX VMDK', 'COWD', 'vmdk'],
    ['VMDK text that starts with blank lines', '  \r\n# x\nversion=1\r\n', 'vmdk'],
    ['text of which qemu makes no VMDK', '# x\nname=1\nversion=1\n', 'unknown'],
    ['7z', '7z\xbc\xaf\x27\x1c', 'sevenzip'],
    ['zip', 'PK\x03\x04', 'zip'],
    ['text that begins like bzip2', 'BZh9 is a magic', 'unknown'],
    ['a lone qcow magic', 'QFI\xfb', 'unknown'],
    ['nothing', '', 'unknown'],
  ])('tells %s', (_what, text, detected) => {
    const head = Buffer.from(text, 'latin1');
    expect(inspectHeader(head, head.length).detected).toBe(detected);
  });

  it('tells ISO 9660, and a qcow2 that is also one', () => {
    const iso = Buffer.alloc(HEADER_BYTES);
    iso.write('CD001', 0x8001);
    expect(inspectHeader(iso, 2 ** 21)).toEqual({ detected: 'iso9660', virtualSizeBytes: 2 ** 21 });
    makeQcow2().copy(iso, 0, 0, 112);
    expect(inspectHeader(iso, 2 ** 21).detected).toBe('qcow2');
  });

  const patches: [string, string, (head: Buffer) => unknown, RegExp][] = [
    ['squashfs 3.1', 'squashfs-gzip', (head) => head.writeUInt16LE(3, 28), /version is 3\.0/],
    ['squashfs 4.1', 'squashfs-gzip', (head) => head.writeUInt16LE(1, 30), /version is 4\.1/],
    ['a big-endian squashfs', 'squashfs-gzip', (head) => head.write('sqsh'), /big-endian/],
    [
      'a squashfs larger than its file',
      'squashfs-gzip',
      (head) => head.writeBigUInt64LE(4097n, 40),
      /claims 4097/,
    ],
    [
      'a squashfs of 2^64 bytes',
      'squashfs-gzip',
      (head) => head.writeBigUInt64LE(2n ** 64n - 1n, 40),
      /claims/,
    ],
    ['a squashfs of 95 bytes', 'squashfs-gzip', (head) => head.writeBigUInt64LE(95n, 40), /claims 95/],
    [
      'a squashfs block that is no power',
      'squashfs-gzip',
      (head) => head.writeUInt32LE(5000, 12),
      /block size/,
    ],
    [
      'a squashfs block of 2 MiB',
      'squashfs-gzip',
      (head) => {
        head.writeUInt32LE(2 ** 21, 12);
        head.writeUInt16LE(21, 22);
      },
      /block size 2097152/,
    ],
    ['an unknown squashfs compression', 'squashfs-gzip', (head) => head.writeUInt16LE(7, 20), /method 7/],
    ['an xz with a damaged header', 'tar-xz', (head) => head.writeUInt8(0, 8), /damaged/],
    ['an xz with an unknown check', 'tar-xz', (head) => head.writeUInt8(2, 7), /integrity check/],
    ['a damaged gzip', 'tar-gz', (head) => head.fill(0xff, 10, 60), /damaged/],
  ];
  test.each(patches)('refuses %s', (_what, name, patch, reason) => {
    const real = realHeads.get(name);
    const head = Buffer.from(real?.head ?? []);
    patch(head);
    expect(inspectHeader(head, real?.sizeBytes ?? 0).refusal).toMatch(reason);
  });

  test.each([
    ['squashfs-gzip', 95],
    ['tar-xz', 11],
  ])('refuses a truncated %s', (name, length) => {
    const head = (realHeads.get(name)?.head ?? Buffer.alloc(0)).subarray(0, length);
    expect(inspectHeader(head, length).refusal).toMatch(/truncated/);
  });

  it('refuses gzip data whose content lies behind a long header', () => {
    const named = Buffer.concat([
      Buffer.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3]),
      Buffer.alloc(9000, 'n'),
      Buffer.from([0]),
      gzipSync(makeQcow2()).subarray(10),
    ]);
    expect(inspectHeader(named, named.length).refusal).toMatch(/hold no content to recognise/);
  });

  it('looks inside gzip data that unpacks to far more than is read', () => {
    const bomb = gzipSync(Buffer.alloc(64 * 2 ** 20), { level: 9 });
    expect(inspectHeader(bomb.subarray(0, HEADER_BYTES), bomb.length).insideGzip).toBe('unknown');
  });
});
