import { missingParts, planParts } from './part-plan.js';

it.each([
  [0, 5, [[0, 0]]],
  [5, 5, [[0, 5]]],
  [
    6,
    5,
    [
      [0, 5],
      [5, 6],
    ],
  ],
  [
    10,
    5,
    [
      [0, 5],
      [5, 10],
    ],
  ],
])('cuts %d bytes into parts of %d', (sizeBytes, partSizeBytes, expected) => {
  const plan = planParts(sizeBytes, partSizeBytes);
  expect(plan.map(({ start, end }) => [start, end])).toEqual(expected);
  expect(plan.map(({ number }) => number)).toEqual(expected.map((_, index) => index + 1));
});

const received = (part_number: number, size_bytes: number) => ({ part_number, size_bytes });

it.each([
  ['nothing', [], [1, 2, 3]],
  ['some', [received(2, 5)], [1, 3]],
  ['the last, shorter one', [received(3, 2)], [1, 2]],
  ['all', [received(1, 5), received(2, 5), received(3, 2)], []],
  ['a part of another size', [received(1, 4)], undefined],
  ['a last part that is too long', [received(3, 5)], undefined],
  ['a part after the last', [received(4, 5)], undefined],
])('of three parts, when the server has %s', (_what, parts, expected) => {
  expect(missingParts(planParts(12, 5), parts)?.map(({ number }) => number)).toEqual(expected);
});
