import { printable } from './printable.js';
import { amountText } from './progress.js';
import { facts, table } from './table.js';
import { bytesText, durationText, readBytes, readDuration } from './units.js';

it.each([
  ['\u001b[2Jgone', '\ufffd[2Jgone'],
  ['right\u202eleft', 'right\ufffdleft'],
  ['bell\u0007', 'bell\ufffd'],
  ['\u009b31m', '\ufffd31m'],
  ['two\nlines', 'two\nlines'],
  ['Grüße 你好', 'Grüße 你好'],
])('lets no text move the cursor: %j', (text, expected) => {
  expect(printable(text)).toBe(expected);
});

it('aligns columns, also of wide characters, and shows what is absent', () => {
  expect(
    table(
      ['A', 'B'],
      [
        ['你', 'x'],
        ['abc', undefined],
      ],
    ),
  ).toBe('A    B\n你   x\nabc  -');
});

it('keeps a value in its line', () => {
  expect(
    facts([
      ['name', 'a\nb'],
      ['absent', undefined],
    ]),
  ).toBe('name  a b');
});

it.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [1024 * 1024 - 1, '1.0 MiB'],
  [150 * 2 ** 30, '150 GiB'],
])('writes %d bytes as %s', (bytes, expected) => {
  expect(bytesText(bytes)).toBe(expected);
});

it.each([
  [400, '0 s'],
  [59_600, '1 min 0 s'],
  [3_700_000, '1 h 1 min'],
])('writes %d ms as %s', (ms, expected) => {
  expect(durationText(ms)).toBe(expected);
});

it('shows rate and time left once they are known', () => {
  expect(amountText(50, 100, undefined)).toBe(' 50 %  50 B of 100 B');
  expect(amountText(50, 100, 10)).toBe(' 50 %  50 B of 100 B  10 B/s  5 s left');
});

it.each(['', '5', '5x', '-5s', '1.5h', '9999999s'])('takes %j for no duration', (text) => {
  expect(() => readDuration(text, '--for')).toThrow('--for is');
});

it('reads sizes, and no others', () => {
  expect(readBytes('2TiB', '--size')).toBe(2 ** 41);
  expect(() => readBytes('2TB', '--size')).toThrow('--size is 2TB');
  expect(() => readBytes('999999999999TiB', '--size')).toThrow('--size is');
});
