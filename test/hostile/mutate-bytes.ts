import type { Random } from '../../libs/catalog/src/formats/fixtures/random.js';
import { withTarChecksum } from '../fixtures/tar-bytes.js';

const EDGE_BYTES = [0x00, 0x01, 0x02, 0x1f, 0x20, 0x30, 0x37, 0x7f, 0x80, 0x9e, 0xfe, 0xff];
const BLOCK = 512;

type Mutation = (bytes: Buffer, random: Random) => Buffer;

const GENERAL: readonly Mutation[] = [
  function changeByte(bytes, random) {
    const changed = Buffer.from(bytes);
    if (changed.length > 0) changed.writeUInt8(someByte(random), random(changed.length));
    return changed;
  },
  function flipBit(bytes, random) {
    const at = random(Math.max(bytes.length, 1));
    return bytes.length === 0
      ? bytes
      : splice(bytes, at, 1, Buffer.from([bytes.readUInt8(at) ^ (1 << random(8))]));
  },
  function writeEdgeNumber(bytes, random) {
    const number = Buffer.alloc([2, 4, 8][random(3)] ?? 4, [0x00, 0xff, 0x7f, 0x80][random(4)]);
    if (random(2) === 0) number.writeUInt8(someByte(random), random(number.length));
    return splice(bytes, random(bytes.length + 1), number.length, number);
  },
  function cut(bytes, random) {
    return bytes.subarray(0, random(bytes.length + 1));
  },
  function takeAway(bytes, random) {
    return splice(bytes, random(bytes.length + 1), random(64), Buffer.alloc(0));
  },
  function insert(bytes, random) {
    const filler = Buffer.alloc(1 + random(600), someByte(random));
    return splice(bytes, random(bytes.length + 1), 0, filler);
  },
  function repeat(bytes, random) {
    const start = random(bytes.length + 1);
    const part = bytes.subarray(start, start + random(2048));
    return splice(
      bytes,
      random(bytes.length + 1),
      0,
      Buffer.concat(Array.from({ length: 1 + random(4) }, () => part)),
    );
  },
];

/** The fields of a tar header: where each starts and its length. */
const TAR_FIELDS = [
  ...[
    [0, 100],
    [124, 12],
    [124, 12],
    [124, 12],
    [148, 8],
    [156, 1],
    [156, 1],
  ],
  ...[
    [157, 100],
    [257, 8],
    [345, 155],
    [482, 1],
    [504, 1],
  ],
] as const;
const SIZES = [
  ...[
    '00000000000\0',
    '77777777777\0',
    '00000001000\0',
    '           1',
    '-0000000001\0',
    '999999999999',
    '\0'.repeat(12),
  ],
  ...['0000000001\0x', '000004000000'],
];
const TYPES = [
  '0',
  '\0',
  '1',
  '2',
  '3',
  '4',
  '5',
  '6',
  '7',
  'x',
  'x',
  'g',
  'L',
  'K',
  'S',
  'M',
  'N',
  'V',
  'D',
  'X',
  'Z',
];

/** Changes blocks and header fields of a tar archive, and mostly makes the checksums right again. */
const TAR: readonly Mutation[] = [
  function changeField(bytes, random) {
    const [start = 0, length = 1] = TAR_FIELDS[random(TAR_FIELDS.length)] ?? [];
    const field = Buffer.alloc(length, someByte(random));
    if (random(2) === 0) field.writeUInt8(someByte(random), 0);
    return changeHeader(bytes, random, (header) => field.copy(header, start));
  },
  function changeSize(bytes, random) {
    const size = Buffer.from(SIZES[random(SIZES.length)] ?? '', 'latin1');
    if (random(3) === 0) size.fill(0).writeUInt8(0x80 + random(0x80), 0);
    if (random(3) === 0) size.writeUInt8(someByte(random), random(size.length));
    return changeHeader(bytes, random, (header) => size.copy(header, 124));
  },
  function changeType(bytes, random) {
    return changeHeader(bytes, random, (header) =>
      header.write(TYPES[random(TYPES.length)] ?? '0', 156, 'latin1'),
    );
  },
  function repeatBlocks(bytes, random) {
    const start = random(blocksIn(bytes) + 1) * BLOCK;
    const part = bytes.subarray(start, start + (1 + random(4)) * BLOCK);
    return splice(bytes, random(blocksIn(bytes) + 1) * BLOCK, 0, part);
  },
  function takeBlocksAway(bytes, random) {
    return splice(bytes, random(blocksIn(bytes) + 1) * BLOCK, (1 + random(3)) * BLOCK, Buffer.alloc(0));
  },
  function cutAtBlock(bytes, random) {
    return bytes.subarray(0, random(blocksIn(bytes) + 1) * BLOCK);
  },
  function insertRecords(bytes, random) {
    const values = [
      'size=-1',
      'size=99999999999999999999',
      'size=0',
      'path=metadata.yaml',
      'path=\0',
      'GNU.sparse.major=1',
    ];
    const record = `${random(40)} ${values[random(values.length)] ?? ''}\n`;
    return splice(bytes, random(bytes.length + 1), 0, Buffer.from(record.repeat(1 + random(3))));
  },
];

/** Some changes anywhere in the bytes. */
export function mutateBytes(bytes: Buffer, random: Random, most = 4): Buffer {
  return applySome(bytes, random, GENERAL, most);
}

/** Some changes that a reader of tar archives has to understand to see. */
export function mutateTar(tar: Buffer, random: Random): Buffer {
  return applySome(tar, random, random(4) === 0 ? [...TAR, ...GENERAL] : TAR, 5);
}

function applySome(bytes: Buffer, random: Random, mutations: readonly Mutation[], most: number): Buffer {
  let changed = bytes;
  for (let changes = 1 + random(most); changes > 0; changes -= 1) {
    changed = mutations[random(mutations.length)]?.(changed, random) ?? changed;
  }
  return changed;
}

function changeHeader(bytes: Buffer, random: Random, change: (header: Buffer) => void): Buffer {
  const changed = Buffer.from(bytes);
  const at = random(Math.max(blocksIn(changed), 1)) * BLOCK;
  const header = changed.subarray(at, at + BLOCK);
  if (header.length < BLOCK) return changed;
  change(header);
  if (random(10) > 0) withTarChecksum(header, random(20) === 0);
  return changed;
}

function blocksIn(bytes: Buffer): number {
  return Math.floor(bytes.length / BLOCK);
}

function splice(bytes: Buffer, at: number, removed: number, added: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at + removed)]);
}

function someByte(random: Random): number {
  return random(2) === 0 ? random(256) : (EDGE_BYTES[random(EDGE_BYTES.length)] ?? 0);
}

/** Changes words of the header and the tables of a disk image with clusters of 4 KiB, often to other places in it. */
export function mutateTables(bytes: Buffer, random: Random): Buffer {
  const changed = Buffer.from(bytes);
  for (let changes = 1 + random(3); changes > 0; changes -= 1) {
    const at = random(2) === 0 ? 8 * random(14) : 4096 * (1 + random(4)) + 8 * random(12);
    const places = [BigInt(random(20)) << 12n, 2n ** 62n, 2n ** 32n - 1n, BigInt(random(2 ** 16)), 0n];
    const copied = BigInt(random(2)) << 63n;
    changed.writeBigUInt64BE(copied | (places[random(places.length)] ?? 0n), at);
  }
  return random(4) === 0 ? changed.subarray(0, random(changed.length)) : changed;
}
