import { size } from './size.js';

it.each([
  [0, '0 bytes'],
  [812, '812 bytes'],
  [1024, '1.0 KiB'],
  [1_610_612_736, '1.5 GiB'],
  [187_695_104, '179 MiB'],
  [5 * 2 ** 40, '5.0 TiB'],
])('%d is %s', (bytes, words) => {
  expect(size(bytes)).toBe(words);
});
