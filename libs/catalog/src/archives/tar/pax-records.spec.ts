import { UnsoundArchiveError } from '../unsound-archive.error.js';
import { readPaxRecords } from './pax-records.js';

const read = (text: string) => [...readPaxRecords(Buffer.from(text))];

describe('readPaxRecords', () => {
  test.each<[string, string, [string, string][]]>([
    ['nothing', '', []],
    ['one record', '12 path=abc\n', [['path', 'abc']]],
    ['a value with blanks, equal signs and line ends', '13 a=b=c \nd\n\n', [['a', 'b=c \nd\n']]],
    ['an empty value', '8 size=\n', [['size', '']]],
    ['the last of two', '6 a=1\n6 a=2\n', [['a', '2']]],
    ['any script', '12 path=日\n', [['path', '日']]],
  ])('reads %s', (_what, text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  test.each<[string, string]>([
    ['no length', ' path=abc\n'],
    ['a length of zero', '0 path=abc\n'],
    ['a length below zero', '-1 path=abc\n'],
    ['a length that is no number', '1x path=abc\n'],
    ['a length beyond the end', '99 path=abc\n'],
    ['a length that ends before the value', '3 a=b\n'],
    ['a length with a great many digits', `${'9'.repeat(400)} a=b\n`],
    ['no line end', '12 path=abcd'],
    ['no equal sign', '9 patabc\n'],
    ['no key', '6 =ab\n'],
    ['something behind the last record', '6 a=1\n\0'],
    ['digits alone', '12'],
  ])('refuses %s', (_what, text) => {
    expect(() => read(text)).toThrow(UnsoundArchiveError);
  });
});
