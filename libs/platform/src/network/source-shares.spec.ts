import { SourceShares } from './source-shares.js';

it('gives each source its share, and again what it gave back', () => {
  const shares = new SourceShares(2);
  const [first, second] = [shares.take('192.0.2.1'), shares.take('::ffff:192.0.2.1')];
  expect(shares.take('192.0.2.1')).toBeUndefined();
  expect(shares.take('192.0.2.2')).toBeDefined();
  first?.();
  expect(shares.take('192.0.2.1')).toBeDefined();
  second?.();
  expect(shares.take('192.0.2.1')).toBeDefined();
  expect(shares.take('192.0.2.1')).toBeUndefined();
});

it('takes a /64 of IPv6 for one source', () => {
  const shares = new SourceShares(1);
  expect(shares.take('2001:db8::1')).toBeDefined();
  expect(shares.take('2001:db8::ffff')).toBeUndefined();
  expect(shares.take('2001:db8:0:1::1')).toBeDefined();
});

it('has no limit with 0', () => {
  const shares = new SourceShares(0);
  const taken = Array.from({ length: 1000 }, () => shares.take('192.0.2.1'));
  expect(taken.every((giveBack) => giveBack !== undefined)).toBe(true);
});
