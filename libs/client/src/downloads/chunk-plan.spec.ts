import { chunkBytesFor, isRange, planChunks } from './chunk-plan.js';

const MIB = 1024 * 1024;

it('takes at most 1024 chunks, of whole MiB, also of 5 TiB', () => {
  for (const sizeBytes of [1, 8 * MIB, 100 * 1024 * MIB + 1, 5 * 1024 * 1024 * MIB]) {
    const chunkBytes = chunkBytesFor(sizeBytes);
    expect(chunkBytes % MIB).toBe(0);
    expect(Math.ceil(sizeBytes / chunkBytes)).toBeLessThanOrEqual(1024);
  }
});

it('covers a file without gaps, and nothing of an empty one', () => {
  expect(planChunks(0, 5)).toEqual([]);
  expect(planChunks(12, 5).map(({ start, end }) => [start, end])).toEqual([
    [0, 5],
    [5, 10],
    [10, 12],
  ]);
});

it.each([
  ['bytes 5-9/12', true],
  ['bytes 5-9/13', false],
  ['bytes 5-10/12', false],
  ['bytes 4-9/12', false],
  ['bytes 5-9/*', false],
  [undefined, false],
])('takes %s for what was asked for: %s', (header, expected) => {
  expect(isRange(header, 5, 10, 12)).toBe(expected);
});
