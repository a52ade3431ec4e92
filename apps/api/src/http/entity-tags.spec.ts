import { listsEntityTag } from './entity-tags.js';

const TAG = '"a,b.2"';

it.each<[string, boolean, boolean]>([
  [TAG, true, true],
  [`W/${TAG}`, false, true],
  [`"x", ${TAG}`, true, true],
  [`"x",${TAG},"y"`, true, true],
  [`"x" ,\t W/${TAG}`, false, true],
  [`, , ${TAG},`, true, true],
  ['*', true, true],
  [' * ', true, true],
  [`*, ${TAG}`, true, true],
  ['"x"', false, false],
  ['', false, false],
  [',', false, false],
  ['a,b.2', false, false],
  ['"a', false, false],
  ['"a"b.2"', false, false],
  [`x${TAG}`, false, false],
  [`x ${TAG}`, false, false],
  [`${TAG}x`, false, false],
  [`w/${TAG}`, false, false],
  [`W/ ${TAG}`, false, false],
  [`W/W/${TAG}`, false, false],
])('%j lists the tag: strongly %s, weakly %s', (header, strongly, weakly) => {
  expect([listsEntityTag(header, TAG, 'strong'), listsEntityTag(header, TAG, 'weak')]).toEqual([
    strongly,
    weakly,
  ]);
});

it('is quick on long headers', () => {
  const startedAtMs = performance.now();
  for (const header of [
    '"'.repeat(16_000),
    ','.repeat(16_000),
    'x"'.repeat(8_000),
    `${'"x" '.repeat(4_000)}"`,
  ]) {
    expect(listsEntityTag(header, TAG, 'weak')).toBe(false);
  }
  expect(performance.now() - startedAtMs).toBeLessThan(1000);
});
