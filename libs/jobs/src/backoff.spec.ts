import { backoffMs } from './backoff.js';

const OPTIONS = { firstMs: 100, longestMs: 1000 };
const LEAST = () => 0;
const MOST = () => 1 - Number.EPSILON;

describe('backoffMs', () => {
  it.each([
    { failures: 1, leastMs: 50, mostMs: 100 },
    { failures: 2, leastMs: 100, mostMs: 200 },
    { failures: 3, leastMs: 200, mostMs: 400 },
    { failures: 4, leastMs: 400, mostMs: 800 },
    { failures: 5, leastMs: 500, mostMs: 1000 },
    { failures: 6, leastMs: 500, mostMs: 1000 },
  ])('after $failures failures waits $leastMs to $mostMs ms', ({ failures, leastMs, mostMs }) => {
    expect(backoffMs(failures, OPTIONS, LEAST)).toBe(leastMs);
    expect(backoffMs(failures, OPTIONS, MOST)).toBe(mostMs);
  });

  it.each([31, 1000, Number.MAX_SAFE_INTEGER])('stays at the longest pause after %d failures', (failures) => {
    expect(backoffMs(failures, OPTIONS, MOST)).toBe(1000);
  });

  it.each([0, -1])('takes %d failures for one', (failures) => {
    expect(backoffMs(failures, OPTIONS, MOST)).toBe(100);
  });

  it('never waits longer than the longest pause, not even the first time', () => {
    expect(backoffMs(1, { firstMs: 5000, longestMs: 1000 }, MOST)).toBe(1000);
  });

  it('spreads the pauses of many jobs', () => {
    const pauses = new Set(Array.from({ length: 100 }, () => backoffMs(10, { firstMs: 1, longestMs: 1e6 })));
    expect(pauses.size).toBeGreaterThan(1);
  });
});
