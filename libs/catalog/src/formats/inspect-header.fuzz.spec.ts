import { makeQcow2, type Qcow2Fields } from './fixtures/qcow2-bytes.js';
import { makeRandom, type Random } from './fixtures/random.js';
import { readRealHeads } from './fixtures/real-heads.js';
import { HEADER_BYTES, inspectHeader } from './inspect-header.js';

const SEED = 0x1a9e5;
const ROUNDS = 5_000;

const EDGE_BYTES = [0x00, 0x01, 0x02, 0x03, 0x7f, 0x80, 0xff];

/** Changes some of the bytes in [start, end), often to values at an edge. */
function mutate(head: Buffer, random: Random, [start, end]: [number, number]): void {
  for (let changes = 1 + random(8); changes > 0; changes -= 1) {
    const value = random(2) === 0 ? random(256) : (EDGE_BYTES[random(EDGE_BYTES.length)] ?? 0);
    head.writeUInt8(value, start + random(end - start));
  }
}

it('never throws on mutated beginnings of real files, whatever the length', () => {
  const random = makeRandom(SEED);
  const heads = [...readRealHeads().values()].map(({ head }) => head.subarray(0, 4096));
  const detected = new Set<string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const head = Buffer.from(heads[random(heads.length)] ?? []);
    mutate(head, random, [0, Math.min(head.length, 600)]);
    const cut = head.subarray(0, random(4) === 0 ? random(head.length + 1) : head.length);
    const sizeBytes = [0, cut.length, 2 ** 40, Number.MAX_SAFE_INTEGER][random(4)] ?? 0;
    const inspection = inspectHeader(cut, sizeBytes);
    detected.add(inspection.detected);
    if (inspection.virtualSizeBytes !== undefined) {
      expect(Number.isSafeInteger(inspection.virtualSizeBytes)).toBe(true);
    }
  }
  expect(detected.size).toBeGreaterThan(15);
});

test.each<[string, Qcow2Fields, [number, number][]]>([
  ['the backing file offset', { backingFileOffset: 512n, backingFileSize: 11 }, [[16, 512]]],
  [
    'the external data bit',
    { incompatibleFeatures: 4n },
    [
      [8, 72],
      [80, 512],
    ],
  ],
  [
    'the encryption method',
    { cryptMethod: 1 },
    [
      [8, 32],
      [36, 512],
    ],
  ],
])('never accepts a qcow2 for what surrounds %s', (_what, fields, ranges) => {
  const random = makeRandom(SEED);
  const original = makeQcow2(fields, 1024);
  for (let round = 0; round < ROUNDS; round += 1) {
    const head = Buffer.from(original);
    mutate(head, random, ranges[random(ranges.length)] ?? [16, 512]);
    const cut = head.subarray(0, random(4) === 0 ? 8 + random(1017) : 1024);
    const inspection = inspectHeader(cut, [cut.length, HEADER_BYTES, 2 ** 40][random(3)] ?? 0);
    expect(inspection.detected).toBe('qcow2');
    if (inspection.refusal === undefined) throw new Error(`accepted: ${cut.toString('hex')}`);
  }
});

it('sees a data file name after any run of well-formed extensions', () => {
  const random = makeRandom(SEED);
  for (let round = 0; round < 2_000; round += 1) {
    const before = Array.from({ length: random(20) }, () => ({
      type: 1 + random(0xffff),
      data: 'x'.repeat(random(200)),
    }));
    const head = makeQcow2({ extensions: [...before, { type: 0x44415441, data: '/etc/shadow' }] });
    expect(inspectHeader(head, 2 ** 30).refusal).toMatch(/external data file/);
  }
});
