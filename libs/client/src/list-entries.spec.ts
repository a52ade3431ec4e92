import { nextCursor } from './list-entries.js';

it.each([
  ['</v1/images?cursor=abc&limit=2>; rel="next"', 'abc'],
  ['<https://images.example/v1/images?cursor=a%2Bb>; rel=next', 'a+b'],
  ['<https://elsewhere.example/?cursor=x>; rel="next"', 'x'],
  ['</first>; rel="first", </v1/images?cursor=two>; rel="next"', 'two'],
  ['</v1/images?cursor=abc>; rel="prev"', undefined],
  ['</v1/images>; rel="next"', undefined],
  ['nonsense', undefined],
  [undefined, undefined],
])('takes of %s the cursor alone: %s', (link, expected) => {
  expect(nextCursor(link)).toBe(expected);
});
