import { InvalidCursorError } from './invalid-cursor.error.js';
import { decodeCursor, encodeCursor } from './cursor.js';

const SHAPE = [/^[a-z]+$/, /^[0-9]+$/];

it('unpacks what it packed', () => {
  expect(decodeCursor(encodeCursor(['abc', '12']), SHAPE)).toEqual(['abc', '12']);
});

it.each([
  '',
  'x',
  '%00',
  'a'.repeat(5000),
  encodeCursor([]),
  encodeCursor(['abc']),
  encodeCursor(['abc', '12', '13']),
  encodeCursor(['12', 'abc']),
  encodeCursor(['abc', "1' OR '1'='1"]),
  Buffer.from('{"0":"abc","1":"12","length":2}').toString('base64url'),
  Buffer.from('["abc",12]').toString('base64url'),
  Buffer.from('null').toString('base64url'),
  Buffer.from([0xff, 0xfe]).toString('base64url'),
])('refuses %j', (cursor) => {
  expect(() => decodeCursor(cursor, SHAPE)).toThrow(InvalidCursorError);
});
