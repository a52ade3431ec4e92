import { fillPath } from './api-call.js';

it('puts each parameter into one segment', () => {
  expect(fillPath('/v1/images/{name}/refs/{ref}', { name: 'a', ref: 'x/../y?z' })).toBe(
    '/v1/images/a/refs/x%2F..%2Fy%3Fz',
  );
});

it('adds what a query has', () => {
  expect(fillPath('/v1/images', {}, { limit: 1, cursor: undefined, state: 'a b' })).toBe(
    '/v1/images?limit=1&state=a+b',
  );
});

it.each([undefined, '', '.', '..'])('refuses %s, which would be another path', (name) => {
  expect(() => fillPath('/v1/images/{name}', { name })).toThrow(RangeError);
});
