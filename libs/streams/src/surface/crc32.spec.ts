import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { combineCrc32, crc32Shift } from './crc32.js';

it.each([
  [0, 0],
  [0, 5],
  [5, 0],
  [1, 1],
  [100, 70_000],
  [70_000, 1],
])('combines the checksums of %i and %i bytes', (earlier, later) => {
  const [left, right] = [randomBytes(earlier), randomBytes(later)];
  expect(combineCrc32(crc32(left), crc32(right), crc32Shift(later))).toBe(
    crc32(Buffer.concat([left, right])),
  );
});
