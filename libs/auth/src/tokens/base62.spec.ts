import { randomBase62, toBase62 } from './base62.js';

describe('randomBase62', () => {
  it('maps every accepted byte so that all 62 characters get the same number of bytes, and skips the rest', () => {
    const counts = new Map<string, number>();
    let offset = 0;
    const everyByteInTurn = (size: number): Uint8Array =>
      Uint8Array.from({ length: size }, () => offset++ % 256);

    for (const character of randomBase62(248, everyByteInTurn)) {
      counts.set(character, (counts.get(character) ?? 0) + 1);
    }

    expect(counts.size).toBe(62);
    expect(new Set(counts.values())).toEqual(new Set([4]));
  });

  it('draws again until the length is reached when the source gives only bytes that would bias it', () => {
    const draws = [Uint8Array.of(248, 255), Uint8Array.of(250, 61), Uint8Array.of(0)];
    expect(randomBase62(2, () => draws.shift() ?? new Uint8Array())).toBe('z0');
    expect(draws).toEqual([]);
  });

  it('is not predictable from one call to the next', () => {
    expect(new Set(Array.from({ length: 1000 }, () => randomBase62(16))).size).toBe(1000);
  });
});

describe('toBase62', () => {
  it.each([
    [0, 6, '000000'],
    [61, 6, '00000z'],
    [62, 6, '000010'],
    [0xffffffff, 6, '4gfFC3'],
  ])('writes %d in %d characters as %s', (value, width, text) => {
    expect(toBase62(value, width)).toBe(text);
  });
});
