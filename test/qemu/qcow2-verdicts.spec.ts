import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MemorySource } from '../../libs/catalog/src/formats/fixtures/memory-source.js';
import { inspectHeader } from '../../libs/catalog/src/formats/inspect-header.js';
import { qcow2Content } from '../../libs/catalog/src/formats/qcow2/qcow2-content.js';
import { describeWith } from '../fixtures/requirement.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { isSoundForQemu, makeQcow2Files, type Qcow2File } from './qcow2-files.js';

jest.setTimeout(60_000);

type Change = (bytes: Buffer) => void;

const CLUSTER = 65_536;
const COPIED = 1n << 63n;

const word =
  (at: number, value: bigint): Change =>
  (bytes) =>
    bytes.writeBigUInt64BE(value, at);
const half =
  (at: number, value: number): Change =>
  (bytes) =>
    bytes.writeUInt32BE(value, at);

/** Of the header: where the places and sizes of the tables stand. */
const AT = {
  l1Entries: 36,
  l1: 40,
  refcountTable: 48,
  refcountClusters: 56,
  snapshots: 60,
  snapshotTable: 64,
};

function placeIn(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64BE(at) & 0x00ff_ffff_ffff_fe00n);
}
const l1Of = (bytes: Buffer): number => placeIn(bytes, AT.l1);
const l2Of = (bytes: Buffer): number => placeIn(bytes, l1Of(bytes));
const refcountsOf = (bytes: Buffer): number => placeIn(bytes, placeIn(bytes, AT.refcountTable));

/** Changes the word `index` of a table. */
const inTable =
  (table: (bytes: Buffer) => number, index: number, change: (word: bigint) => bigint): Change =>
  (bytes) => {
    const at = table(bytes) + index * 8;
    bytes.writeBigUInt64BE(change(bytes.readBigUInt64BE(at)) & 0xffff_ffff_ffff_ffffn, at);
  };
const bitmapsExtension = (bytes: Buffer): number => bytes.indexOf(Buffer.from('23852875', 'hex')) + 8;

/** Changed images, of which qemu finds some sound and some not; ours has to find the same. */
const CHANGED: readonly (readonly [what: string, of: Qcow2File, change: Change])[] = [
  ['an L1 table that is not aligned', 'written', word(AT.l1, 3n * 65_536n + 512n)],
  ['an L1 table at the end of numbers', 'written', word(AT.l1, 2n ** 63n - 65_536n)],
  ['an L1 table behind the end', 'written', word(AT.l1, 2n ** 40n)],
  ['an L1 table of nothing', 'written', half(AT.l1Entries, 0)],
  ['an L1 table that is too small', 'written', half(AT.l1Entries, 1)],
  ['an L1 table that is too large', 'written', half(AT.l1Entries, 2 ** 22 + 1)],
  ['an L1 table of 2^32 entries', 'written', half(AT.l1Entries, 0xffff_ffff)],
  ['a larger L1 table than the disk needs', 'written', half(AT.l1Entries, 3)],
  ['an L1 table in the header', 'empty', word(AT.l1, 0n)],
  ['no table of counts', 'written', half(AT.refcountClusters, 0)],
  ['a table of counts that is too large', 'written', half(AT.refcountClusters, 129)],
  ['a table of 2^32 clusters of counts', 'written', half(AT.refcountClusters, 0xffff_ffff)],
  ['a table of counts that is not aligned', 'written', word(AT.refcountTable, 65_544n)],
  ['a table of counts behind the end', 'written', word(AT.refcountTable, 2n ** 41n)],
  ['a table of counts at zero', 'written', word(AT.refcountTable, 0n)],
  ['a snapshot table that is not aligned', 'written', word(AT.snapshotTable, 512n)],
  ['a snapshot table where none is needed', 'written', word(AT.snapshotTable, 65_536n)],
  ['too many snapshots', 'snapshots', half(AT.snapshots, 65_537)],
  ['more snapshots than there are', 'snapshots', half(AT.snapshots, 3)],
  ['fewer snapshots than there are', 'snapshots', half(AT.snapshots, 1)],
  ['a snapshot table behind the end', 'snapshots', word(AT.snapshotTable, 2n ** 42n)],
  ['clusters of 2^8 bytes', 'written', half(20, 8)],
  ['clusters of 2^22 bytes', 'written', half(20, 22)],
  ['clusters of another size', 'written', half(20, 15)],
  ['clusters of 2^32 bits', 'written', half(20, 0xffff_ffff)],
  ['counts of 2^7 bits', 'written', half(96, 7)],
  ['counts of another width', 'written', half(96, 3)],
  ['a version that is none', 'written', half(4, 4)],
  ['version 2 in the place of 3', 'written', half(4, 2)],
  ['a header of 96 bytes', 'written', half(100, 96)],
  ['a disk of another size', 'written', word(24, 2n ** 30n + 1n)],
  ['a smaller disk', 'written', word(24, 2n ** 29n)],
  ['an unknown feature', 'written', word(72, 1n << 20n)],
  ['an unknown compression', 'compressed', (bytes) => bytes.writeUInt8(2, 104)],
  ['zstd without its bit', 'compressed', (bytes) => bytes.writeUInt8(1, 104)],
  ['an L1 entry behind the end', 'written', inTable(l1Of, 0, () => COPIED | (2n ** 34n))],
  ['an L1 entry that is not aligned', 'written', inTable(l1Of, 0, (entry) => entry + 512n)],
  ['an L1 entry with a reserved bit', 'written', inTable(l1Of, 0, (entry) => entry | 1n)],
  [
    'an L1 entry that may be written to and says it may not',
    'written',
    inTable(l1Of, 0, (entry) => entry ^ COPIED),
  ],
  ['an L1 entry that is gone', 'written', inTable(l1Of, 0, () => 0n)],
  [
    'two L1 entries for one table',
    'version 2',
    (bytes) => bytes.copy(bytes, l1Of(bytes) + 8, l1Of(bytes), l1Of(bytes) + 8),
  ],
  ['an L2 entry behind the end', 'written', inTable(l2Of, 0, () => COPIED | (2n ** 44n))],
  [
    'an L2 entry at the end',
    'written',
    (bytes) => bytes.writeBigUInt64BE(COPIED | BigInt(bytes.length), l2Of(bytes)),
  ],
  ['an L2 entry that is not aligned', 'written', inTable(l2Of, 0, (entry) => entry + 512n)],
  ['an L2 entry with a reserved bit', 'written', inTable(l2Of, 0, (entry) => entry | 2n)],
  ['an L2 entry for the header', 'written', inTable(l2Of, 0, () => COPIED)],
  [
    'an L2 entry for another cluster too',
    'written',
    (bytes) => bytes.copy(bytes, l2Of(bytes) + 80, l2Of(bytes), l2Of(bytes) + 8),
  ],
  ['an L2 entry that became zeros', 'written', inTable(l2Of, 0, (entry) => entry | 1n)],
  ['an L2 entry that is gone', 'written', inTable(l2Of, 0, () => 0n)],
  ['compressed data behind the end', 'compressed', inTable(l2Of, 0, (entry) => entry + 2n ** 30n)],
  ['compressed data of more sectors', 'compressed', inTable(l2Of, 1, (entry) => entry | (0xffn << 54n))],
  ['compressed data that may be written to', 'compressed', inTable(l2Of, 0, (entry) => entry | COPIED)],
  ['subclusters that are both zeros and data', 'subclusters', inTable(l2Of, 1, (bits) => bits | (1n << 32n))],
  ['subclusters of no cluster', 'subclusters', inTable(l2Of, 21, () => 3n)],
  ['subclusters of compressed data', 'subclusters', inTable(l2Of, 129, () => 1n)],
  [
    'a place of counts behind the end',
    'written',
    inTable(
      (bytes) => placeIn(bytes, AT.refcountTable),
      0,
      () => 2n ** 62n,
    ),
  ],
  [
    'a place of counts that is not aligned',
    'written',
    inTable(
      (bytes) => placeIn(bytes, AT.refcountTable),
      0,
      (at) => at + 512n,
    ),
  ],
  [
    'one place for all counts',
    'written',
    inTable(
      (bytes) => placeIn(bytes, AT.refcountTable),
      1,
      () => 131_072n,
    ),
  ],
  ['a count of zero', 'written', (bytes) => bytes.writeUInt16BE(0, refcountsOf(bytes) + 8)],
  [
    'a count that is too high for one that may be written to',
    'written',
    (bytes) => bytes.writeUInt16BE(2, refcountsOf(bytes) + 8),
  ],
  ['a leak', 'written', (bytes) => bytes.writeUInt16BE(1, refcountsOf(bytes) + 400)],
  ['no counts of a bit', 'counts of a bit', (bytes) => bytes.writeUInt8(0, refcountsOf(bytes))],
  ['no counts of 64 bits', 'counts of 64 bits', inTable(refcountsOf, 3, () => 0n)],
  [
    'no counts of what was left open',
    'written',
    (bytes) => {
      bytes.writeUInt8(1, 79);
    },
  ],
  ['a list of no bitmaps', 'bitmaps', (bytes) => bytes.writeUInt32BE(0, bitmapsExtension(bytes))],
  [
    'a list of another number of bitmaps',
    'bitmaps',
    (bytes) => bytes.writeUInt32BE(3, bitmapsExtension(bytes)),
  ],
  [
    'a list of bitmaps that is not aligned',
    'bitmaps',
    (bytes) => bytes.writeUInt32BE(512, bitmapsExtension(bytes) + 20),
  ],
  [
    'a list of bitmaps behind the end',
    'bitmaps',
    (bytes) => bytes.writeUInt32BE(1, bitmapsExtension(bytes) + 16),
  ],
  [
    'a bitmap of another length',
    'bitmaps',
    (bytes) => bytes.writeUInt8(2, placeIn(bytes, bitmapsExtension(bytes) + 16) + 11),
  ],
  ['bitmaps that no feature bit vouches for', 'bitmaps', (bytes) => bytes.writeUInt8(0, 95)],
  [
    'a bitmap of another kind',
    'bitmaps',
    (bytes) => bytes.writeUInt8(7, placeIn(bytes, bitmapsExtension(bytes) + 16) + 16),
  ],
  [
    'a bitmap whose table is behind the end',
    'bitmaps',
    (bytes) => bytes.writeUInt8(9, placeIn(bytes, bitmapsExtension(bytes) + 16) + 2),
  ],
];

describeWith('images', 'qcow2 images', () => {
  let folder: Awaited<ReturnType<typeof createTemporaryFolder>>;
  let files: ReadonlyMap<Qcow2File, Buffer>;

  beforeAll(async () => {
    folder = await createTemporaryFolder('qcow2');
    files = await makeQcow2Files(folder.path);
  });
  afterAll(() => folder.remove());

  function copyOf(name: Qcow2File): Buffer {
    const bytes = files.get(name);
    if (bytes === undefined) throw new Error(`no image ${name}`);
    return Buffer.from(bytes);
  }

  it('as qemu makes them are fine', async () => {
    for (const [name, bytes] of files) {
      expect([name, await qcow2Content.judge(new MemorySource(bytes))]).toEqual([name, {}]);
    }
  });

  it('have the size that qemu-img tells', async () => {
    const path = join(folder.path, 'sized.qcow2');
    for (const [name, bytes] of files) {
      await writeFile(path, bytes);
      const { stdout } = await promisify(execFile)('qemu-img', ['info', '--output=json', path]);
      const told = (JSON.parse(stdout) as { 'virtual-size': number })['virtual-size'];
      expect([name, inspectHeader(bytes, bytes.length).virtualSizeBytes]).toEqual([name, told]);
    }
  });

  const verdicts: boolean[] = [];
  it.each(CHANGED)('with %s (%s): the verdict of qemu-img info and check', async (_what, name, change) => {
    const bytes = copyOf(name);
    change(bytes);
    const { problem } = await qcow2Content.judge(new MemorySource(bytes));
    const isSound = await isSoundForQemu(folder.path, bytes);
    verdicts.push(isSound);
    expect(problem ?? 'fine').toMatch(isSound ? /^fine$/ : /^[A-Z][^.]*qcow2[^]*\.$/);
  });

  it('were found sound and unsound', () => {
    expect(verdicts.filter((isSound) => isSound).length).toBeGreaterThan(5);
    expect(verdicts.filter((isSound) => !isSound).length).toBeGreaterThan(30);
  });

  it.each<[string, Qcow2File, (bytes: Buffer) => number]>([
    ['to its header', 'written', () => 104],
    ['to its first cluster', 'written', () => CLUSTER],
    ['within its table of counts', 'written', () => CLUSTER + 600],
    ['within its counts', 'written', () => 2 * CLUSTER + 600],
    ['within its L1 table', 'empty', (bytes) => bytes.length - 1],
    ['within an L2 table', 'written', (bytes) => l2Of(bytes) + 600],
    ['before its last cluster', 'written', (bytes) => bytes.length - CLUSTER],
    ['in the middle of its last cluster', 'written', (bytes) => bytes.length - CLUSTER / 2],
    ['by a byte', 'written', (bytes) => bytes.length - 1],
    ['by a byte of small clusters', 'small clusters', (bytes) => bytes.length - 1],
    ['by a byte of large clusters', 'large clusters', (bytes) => bytes.length - 1],
    ['by a sector of the end of the disk', 'odd size', (bytes) => bytes.length - CLUSTER + 17_408 - 512],
    ['by a byte of a subcluster', 'subclusters', (bytes) => bytes.length - 1],
    ['by a byte of compressed data', 'compressed', (bytes) => bytes.length - 1],
    ['by a byte of zstd data', 'zstd', (bytes) => bytes.length - 1],
    ['by a sector of compressed data', 'compressed', (bytes) => bytes.length - 512],
    ['to a third of it', 'snapshots', (bytes) => Math.floor(bytes.length / 3)],
    ['before its bitmaps', 'bitmaps', (bytes) => bytes.length - 60],
  ])('that are cut %s (%s) are refused, by the words of a cut', async (_what, name, lengthOf) => {
    const bytes = copyOf(name);
    const source = new MemorySource(bytes.subarray(0, lengthOf(bytes)));
    expect((await qcow2Content.judge(source)).problem).toMatch(
      /is cut off|truncated|can be there|go on after/,
    );
  });

  it('that end within a cluster which holds nothing more of the disk are fine', async () => {
    const bytes = copyOf('odd size');
    const source = new MemorySource(bytes.subarray(0, bytes.length - CLUSTER + 17_408));
    expect(await qcow2Content.judge(source)).toEqual({});
  });

  it('are judged by their tables alone', async () => {
    const bytes = copyOf('preallocated');
    const source = new MemorySource(bytes);
    await qcow2Content.judge(source);
    expect(source.openedBytes).toBeLessThan(5 * CLUSTER);
  });
});
