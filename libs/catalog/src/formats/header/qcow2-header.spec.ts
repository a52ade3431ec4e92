import { makeQcow2, type Qcow2Fields } from '../fixtures/qcow2-bytes.js';
import { inspectHeader } from '../inspect-header.js';

const GIB = 2 ** 30;

describe('a qcow2 header', () => {
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
    ['less than a sector', { virtualSizeBytes: 511n }, /virtual size is 0/],
    ['a disk above 64 TiB', { virtualSizeBytes: 2n ** 46n + 512n }, /above the limit/],
    ['the largest number', { virtualSizeBytes: 2n ** 64n - 1n }, /above the limit/],
    [
      'more than its clusters can address',
      { clusterBits: 9, virtualSizeBytes: 2n ** 37n + 512n },
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

  it('counts whole sectors, as qemu does', () => {
    const head = makeQcow2({ virtualSizeBytes: 1023n });
    expect(inspectHeader(head, head.length).virtualSizeBytes).toBe(512);
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
