import { gzipSync } from 'node:zlib';
import { makeQcow2, type Qcow2Fields } from './fixtures/qcow2-bytes.js';
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

describe('inspectHeader on qcow2 fields', () => {
  const DATA_FILE = 0x44415441;
  const BACKING_FORMAT = 0xe2792aca;
  const FEATURE_NAMES = 0x6803f857;

  test.each<[string, Qcow2Fields]>([
    ['a file of version 2', { version: 2 }],
    ['the shortest header of version 3', { headerBytes: 104 }],
    ['a longer header than is known', { headerBytes: 256 }],
    ['the dirty bit, which qemu repairs', { incompatibleFeatures: 1n }],
    ['zstd with its feature bit', { incompatibleFeatures: 8n, compressionType: 1 }],
    ['extended L2 entries', { incompatibleFeatures: 16n, clusterBits: 14 }],
    ['a backing file size without a backing file, which is undefined', { backingFileSize: 7 }],
    ['an unknown extension', { extensions: [{ type: 0x12345678, data: 'anything' }] }],
    ['the highest virtual size', { virtualSizeBytes: 2n ** 46n }],
    [
      'a data file extension behind the end marker',
      {
        extensions: [
          { type: 0, data: '' },
          { type: DATA_FILE, data: '/etc/shadow' },
        ],
      },
    ],
  ])('accepts %s', (_what, fields) => {
    expect(inspectHeader(makeQcow2(fields), 10 * GIB).refusal).toBeUndefined();
  });

  test.each<[string, Qcow2Fields, RegExp]>([
    ['version 0', { version: 0 }, /version is 0/],
    ['version 4', { version: 4 }, /version is 4/],
    ['a backing file', { backingFileOffset: 512n, backingFileSize: 11 }, /has a backing file/],
    ['a backing file without a name', { backingFileOffset: 512n, backingFileSize: 0 }, /has a backing file/],
    ['a backing file far away', { backingFileOffset: 2n ** 63n, backingFileSize: 1 }, /has a backing file/],
    ['a backing file in version 2', { version: 2, backingFileOffset: 512n }, /has a backing file/],
    ['a backing format', { extensions: [{ type: BACKING_FORMAT, data: 'raw' }] }, /backing file format/],
    ['a data file name alone', { extensions: [{ type: DATA_FILE, data: '/x' }] }, /external data file/],
    [
      'a data file name in version 2',
      { version: 2, extensions: [{ type: DATA_FILE, data: '/x' }] },
      /external/,
    ],
    [
      'a data file name behind others',
      {
        extensions: [
          { type: FEATURE_NAMES, data: 'x'.repeat(47) },
          { type: 0x12345678, data: '' },
          { type: DATA_FILE, data: '/etc/shadow' },
        ],
      },
      /external data file/,
    ],
    ['the external data bit', { incompatibleFeatures: 4n }, /external data file/],
    ['the raw external data bit', { autoclearFeatures: 2n }, /external data file/],
    ['the corrupt bit', { incompatibleFeatures: 2n }, /marked corrupt/],
    ['an unknown feature', { incompatibleFeatures: 32n }, /unknown features \(bits 0x20\)/],
    ['the highest unknown feature', { incompatibleFeatures: 2n ** 63n }, /unknown features/],
    ['AES', { cryptMethod: 1 }, /encrypted/],
    ['LUKS', { cryptMethod: 2 }, /encrypted/],
    ['an unknown encryption', { cryptMethod: 3 }, /encryption method 3/],
    [
      'an encryption header',
      { extensions: [{ type: 0x0537be77, data: 'x'.repeat(16) }] },
      /encryption header/,
    ],
    ['too small clusters', { clusterBits: 8 }, /cluster size 2\^8/],
    ['too large clusters', { clusterBits: 22 }, /cluster size 2\^22/],
    ['absurd clusters', { clusterBits: 0xffffffff }, /cluster size/],
    ['too small clusters for extended L2', { incompatibleFeatures: 16n, clusterBits: 13 }, /too small/],
    ['too short a header', { headerBytes: 96 }, /header length 96/],
    ['an unaligned header', { headerBytes: 105 }, /header length 105/],
    ['a header longer than a cluster', { headerBytes: 1024, clusterBits: 9 }, /header length 1024/],
    ['a header longer than what is read', { headerBytes: 0xfffffff8 }, /claims 4294967288 bytes/],
    ['too wide reference counts', { refcountOrder: 7 }, /above 64 bits/],
    ['zstd without its bit', { compressionType: 1 }, /compression type 1/],
    ['the compression bit with zlib', { incompatibleFeatures: 8n }, /compression type 0/],
    [
      'the compression bit without room for it',
      { incompatibleFeatures: 8n, compressionType: 1, headerBytes: 104 },
      /compression type 0/,
    ],
    ['an unknown compression', { incompatibleFeatures: 8n, compressionType: 2 }, /compression type 2/],
    ['no disk at all', { virtualSizeBytes: 0n }, /virtual size is 0/],
    ['a disk above 64 TiB', { virtualSizeBytes: 2n ** 46n + 1n }, /above the limit/],
    ['the largest number', { virtualSizeBytes: 2n ** 64n - 1n }, /above the limit/],
    [
      'more than its clusters can address',
      { clusterBits: 9, virtualSizeBytes: 2n ** 37n + 1n },
      /above the limit/,
    ],
    [
      'an extension longer than the cluster',
      { extensions: [{ type: 1, data: '', claimedBytes: 65536 }] },
      /too long/,
    ],
    ['an extension of 4 GiB', { extensions: [{ type: 1, data: '', claimedBytes: 0xffffffff }] }, /too long/],
    [
      'an extension over a cluster end',
      {
        clusterBits: 9,
        extensions: [
          { type: 1, data: 'x'.repeat(384) },
          { type: 1, data: '', claimedBytes: 8 },
        ],
      },
      /too long/,
    ],
    [
      'extensions that leave what is read',
      { clusterBits: 21, extensions: [{ type: 1, data: '', claimedBytes: 65536 }] },
      /go on after the first 65536 bytes/,
    ],
  ])('refuses %s', (_what, fields, reason) => {
    expect(inspectHeader(makeQcow2(fields), 10 * GIB)).toEqual({
      detected: 'qcow2',
      refusal: expect.stringMatching(reason) as string,
    });
  });

  test.each([[8], [71], [72], [100], [103], [104], [111]])(
    'refuses a header that ends after %i bytes',
    (length) => {
      const head = makeQcow2().subarray(0, length);
      expect(inspectHeader(head, length).refusal).toMatch(/truncated|more than can be there/);
    },
  );

  it('takes the end of a short file as zeros, as qemu does, not the end of what was read', () => {
    const head = makeQcow2().subarray(0, 112);
    expect(inspectHeader(head, 112).refusal).toBeUndefined();
    expect(inspectHeader(head, 113).refusal).toMatch(/go on after/);
  });

  it('sees a data file name that the end of the file cuts', () => {
    const file = makeQcow2({ extensions: [{ type: DATA_FILE, data: '/etc/shadow' }] }).subarray(0, 116);
    expect(inspectHeader(file, file.length).refusal).toMatch(/external data file/);
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
