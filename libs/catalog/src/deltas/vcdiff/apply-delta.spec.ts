import { randomBytes } from 'node:crypto';
import { MemorySource } from '../../formats/fixtures/memory-source.js';
import { adler32 } from './adler32.js';
import { applyDelta } from './apply-delta.js';
import { CODE_TABLE } from './code-table.js';
import {
  deltaBetween,
  encodeInteger,
  encodeVcdiff,
  type Step,
  VCDIFF_HEAD,
  type WindowPlan,
} from './fixtures/encode-vcdiff.js';

const BASE = Buffer.from('The quick brown fox jumps over the lazy dog');
const WHOLE = { offset: 0, lengthBytes: BASE.length };

async function made(delta: Buffer, base = BASE, maxBytes = 1e9): Promise<Buffer> {
  const windows: Buffer[] = [];
  for await (const window of applyDelta(new MemorySource(delta), new MemorySource(base), maxBytes)) {
    windows.push(window);
  }
  return Buffer.concat(windows);
}

const ofWindow = (window: WindowPlan): Buffer => encodeVcdiff({ windows: [window] });
const copying = (...steps: Step[]): WindowPlan => ({ segment: WHOLE, steps });

it('copies, adds and repeats', async () => {
  const delta = ofWindow(
    copying(
      { copy: 4, from: 0 },
      { add: Buffer.from('slow') },
      { run: 3, byte: 0x21 },
      { copy: 4, from: 15 },
    ),
  );
  expect((await made(delta)).toString()).toBe('The slow!!! fox');
});

it('copies what it writes itself', async () => {
  const delta = ofWindow({ steps: [{ add: Buffer.from('abc') }, { copy: 8, from: 0 }] });
  expect((await made(delta)).toString()).toBe('abcabcabcab');
});

it('takes a part of the base for a window, and several windows', async () => {
  const fox = { segment: { offset: 16, lengthBytes: 3 }, steps: [{ copy: 3, from: 0 }] };
  const dog = {
    segment: { offset: 40, lengthBytes: 3 },
    steps: [{ copy: 3, from: 0 }],
    checksum: adler32(Buffer.from('dog')),
  };
  expect((await made(encodeVcdiff({ windows: [fox, dog, fox] }))).toString()).toBe('foxdogfox');
});

it('reads a large base by blocks, and none twice', async () => {
  const base = randomBytes(5_000_000);
  const target = Buffer.concat([base.subarray(0, 2_500_000), randomBytes(1000), base.subarray(2_500_001)]);
  const source = new MemorySource(base);
  const windows: Buffer[] = [];
  for await (const window of applyDelta(
    new MemorySource(deltaBetween(base, target)),
    source,
    target.length,
  )) {
    windows.push(window);
  }
  expect(Buffer.concat(windows).equals(target)).toBe(true);
  expect(source.openedBytes).toBe(base.length);
  expect(source.opened).toBeLessThan(10);
});

it('knows the 256 codes of the RFC', () => {
  const add = (sizeBytes: number) => ({ type: 'add', sizeBytes, mode: 0 });
  const copy = (sizeBytes: number, mode: number) => ({ type: 'copy', sizeBytes, mode });
  expect(CODE_TABLE).toHaveLength(256);
  expect([0, 1, 18, 19, 34, 35, 162].map((code) => CODE_TABLE[code])).toEqual([
    [{ type: 'run', sizeBytes: 0, mode: 0 }],
    [add(0)],
    [add(17)],
    [copy(0, 0)],
    [copy(18, 0)],
    [copy(0, 1)],
    [copy(18, 8)],
  ]);
  expect([163, 174, 175, 234, 235, 246, 247, 255].map((code) => CODE_TABLE[code])).toEqual([
    [add(1), copy(4, 0)],
    [add(4), copy(6, 0)],
    [add(1), copy(4, 1)],
    [add(4), copy(6, 5)],
    [add(1), copy(4, 6)],
    [add(4), copy(4, 8)],
    [copy(4, 0), add(1)],
    [copy(4, 8), add(1)],
  ]);
});

describe('refuses', () => {
  const head = (...bytes: number[]): Buffer =>
    encodeVcdiff({ head: Buffer.concat([VCDIFF_HEAD.subarray(0, 4), Buffer.from(bytes)]), windows: [] });
  const applicationHeader = (text: string): Buffer =>
    Buffer.concat([head(4), encodeInteger(text.length), Buffer.from(text)]);

  it.each<[string, Buffer, RegExp]>([
    ['nothing', Buffer.alloc(0), /empty/],
    ['what is no VCDIFF', randomBytes(100).fill('BSDIFF40', 0, 8), /no VCDIFF/],
    ['half a magic', VCDIFF_HEAD.subarray(0, 2), /no VCDIFF/],
    ['SDCH', Buffer.from([0xd6, 0xc3, 0xc4, 0x53, 0]), /no VCDIFF/],
    ['no header', VCDIFF_HEAD.subarray(0, 4), /cut off/],
    ['unknown marks', head(8), /marks that xdelta3/],
    ['a code table', head(2), /code table/],
    ['DJW', head(1, 1), /compressed with djw; make it with xdelta3 -S lzma/],
    ['FGK', head(1, 16), /fgk/],
    ['another compression', head(1, 99), /number 99/],
    ['a file that is to be compressed', applicationHeader('target/G/base/'), /names compressed files/],
    ['a base that was compressed', applicationHeader('target//base/G'), /names compressed files/],
    ['too many parts', applicationHeader('a//b//c'), /names compressed files/],
    [
      'a long application header',
      Buffer.concat([head(4), encodeInteger(5000), Buffer.alloc(5000)]),
      /too long/,
    ],
    ['an application header that is cut off', Buffer.concat([head(4), encodeInteger(50)]), /cut off/],
    ['a number without an end', Buffer.concat([head(4), Buffer.alloc(20, 255)]), /number that is too large/],
    ['a window of what was made', ofWindow({ ...copying(), indicator: 2 }), /xdelta3 cannot do/],
    ['unknown marks of a window', ofWindow({ ...copying(), indicator: 9 }), /marks/],
    ['a window of nothing', ofWindow(copying()), /makes nothing/],
    ['a large window', ofWindow({ steps: [{ run: 2 ** 24 + 1, byte: 0 }] }), /larger than the 16 MiB/],
    ['a longer window', ofWindow({ steps: [{ run: 9, byte: 0 }], targetBytes: 8 }), /longer than it says/],
    ['a shorter window', ofWindow({ steps: [{ run: 9, byte: 0 }], targetBytes: 10 }), /does not fit/],
    [
      'a base that is too short',
      ofWindow({ segment: { offset: 1, lengthBytes: BASE.length }, steps: [{ copy: 1, from: 0 }] }),
      /made of another file/,
    ],
    ['a copy of later', ofWindow(copying({ copy: 1, from: BASE.length })), /nothing is yet/],
    ['a copy without a base', ofWindow({ steps: [{ copy: 1, from: 0 }] }), /nothing is yet/],
    [
      'a copy across',
      ofWindow(copying({ run: 9, byte: 0 }, { copy: 9, from: BASE.length - 1 })),
      /beyond the piece/,
    ],
    ['other bytes', ofWindow({ ...copying({ copy: 9, from: 0 }), checksum: 7 }), /made of another file/],
    [
      'compression that it did not announce',
      ofWindow({ ...copying({ copy: 9, from: 0 }), compressed: 1 }),
      /say how/,
    ],
    [
      'unknown compression of a section',
      ofWindow({ ...copying({ copy: 9, from: 0 }), compressed: 8 }),
      /lengths/,
    ],
  ])('%s', async (_what, delta, refusal) => {
    await expect(made(delta)).rejects.toThrow(refusal);
  });

  it('each beginning of a delta but the whole', async () => {
    const delta = ofWindow(copying({ copy: 9, from: 0 }, { add: Buffer.from('x') }));
    await expect(made(delta)).resolves.toHaveLength(10);
    for (let length = VCDIFF_HEAD.length + 1; length < delta.length; length += 1) {
      await expect(made(delta.subarray(0, length))).rejects.toThrow('it is cut off');
    }
  });

  it('more than the target has', async () => {
    const run = { steps: [{ run: 1000, byte: 0 }] };
    await expect(made(encodeVcdiff({ windows: [run, run] }), BASE, 1999)).rejects.toThrow(
      'it makes more than the 1999 bytes of its artifact',
    );
  });

  it('going to and fro in the base', async () => {
    const base = Buffer.alloc(48 * 1024 * 1024);
    const steps = Array.from({ length: 8000 }, (_, nr) => ({
      copy: 1,
      from: (nr * 37 * 128 * 1024) % base.length,
    }));
    const window = { segment: { offset: 0, lengthBytes: base.length }, steps };
    await expect(made(ofWindow(window), base)).rejects.toThrow('to and fro');
  });
});

it('fails as its base does', async () => {
  const base = new MemorySource(BASE);
  const source = {
    sizeBytes: base.sizeBytes,
    signal: base.signal,
    open: () => Promise.reject(new Error('the store is away')),
  };
  const windows = applyDelta(new MemorySource(ofWindow(copying({ copy: 1, from: 0 }))), source, 1);
  await expect(windows.next()).rejects.toThrow('the store is away');
});
