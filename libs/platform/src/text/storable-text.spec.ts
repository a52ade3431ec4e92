import { isStorableJson, isStorableText } from './storable-text.js';

describe('isStorableText', () => {
  test.each([
    ['nothing', ''],
    ['any script', 'Ünïx 日本 🐧'],
    ['control characters other than NUL', '\u0001\t\n\u007f'],
  ])('accepts %s', (_what, text) => {
    expect(isStorableText(text)).toBe(true);
  });

  test.each([
    ['NUL', 'a\0b'],
    ['a high surrogate alone', 'a\ud800'],
    ['a low surrogate alone', '\udc00a'],
    ['surrogates in the wrong order', '\udc00\ud800'],
  ])('refuses %s', (_what, text) => {
    expect(isStorableText(text)).toBe(false);
  });
});

describe('isStorableJson', () => {
  it('accepts numbers, nulls and good text at any depth', () => {
    expect(isStorableJson({ a: [1, null, true, { b: ['x'] }] })).toBe(true);
  });

  test.each<[string, unknown]>([
    ['a bad text', '\ud800'],
    ['a bad text in a list in an object', { a: [['x', 'y\0']] }],
    ['a bad key', { a: { 'k\udfff': 1 } }],
  ])('refuses %s', (_what, value) => {
    expect(isStorableJson(value)).toBe(false);
  });

  it('bears a value that is nested deeper than the stack', () => {
    let value: unknown = 'x';
    for (let depth = 0; depth < 200_000; depth += 1) {
      value = [value];
    }
    expect(isStorableJson(value)).toBe(true);
  });
});
