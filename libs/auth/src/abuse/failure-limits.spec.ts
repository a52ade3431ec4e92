import { TooManyFailuresError } from '../auth.errors.js';
import { BoundedMap } from './bounded-map.js';
import { type Attempt, FailureLimits } from './failure-limits.js';
import { sourceNetwork } from './source-network.js';

let nowMs: number;
let limits: FailureLimits;

beforeEach(() => {
  nowMs = 1_000_000;
  limits = new FailureLimits(6, () => nowMs);
});

const from = (source: string, change: Partial<Attempt> = {}): Attempt => ({
  credential: `credential of ${source}`,
  source,
  ...change,
});

function fail(attempt: Attempt, times: number): void {
  for (let count = 0; count < times; count += 1) limits.failed(attempt);
}

function refusal(attempt: Attempt): TooManyFailuresError | undefined {
  try {
    limits.admit(attempt);
    return undefined;
  } catch (error) {
    if (error instanceof TooManyFailuresError) return error;
    throw error;
  }
}

it('lets a source fail as often as it may in a minute, and no more', () => {
  fail(from('192.0.2.1'), 5);
  expect(refusal(from('192.0.2.1'))).toBeUndefined();
  fail(from('192.0.2.1'), 1);
  expect(refusal(from('192.0.2.1'))).toBeDefined();
});

it('says after how many seconds the next try may come, and keeps to it', () => {
  fail(from('192.0.2.1'), 6);
  const seconds = refusal(from('192.0.2.1'))?.retryAfterS ?? 0;
  expect(seconds).toBe(10);
  nowMs += seconds * 1000 - 1;
  expect(refusal(from('192.0.2.1'))).toBeDefined();
  nowMs += 1;
  expect(refusal(from('192.0.2.1'))).toBeUndefined();
});

it('makes who goes on failing at once wait for all of it', () => {
  fail(from('192.0.2.1'), 12);
  expect(refusal(from('192.0.2.1'))?.retryAfterS).toBe(70);
});

it('never saves up more than a minute of failures', () => {
  nowMs += 3_600_000;
  fail(from('192.0.2.1'), 6);
  expect(refusal(from('192.0.2.1'))).toBeDefined();
});

it('does not make others wait', () => {
  fail(from('192.0.2.1'), 100);
  expect(refusal(from('192.0.2.2'))).toBeUndefined();
});

it('counts a token id wherever it is tried from', () => {
  for (let host = 1; host <= 6; host += 1) fail(from(`192.0.2.${host}`, { tokenId: 'abc' }), 1);
  expect(refusal(from('198.51.100.1', { tokenId: 'abc' }))).toBeDefined();
  expect(refusal(from('198.51.100.1', { tokenId: 'xyz' }))).toBeUndefined();
});

it('lets a credential that was accepted lately through, whatever its neighbours do', () => {
  limits.accepted(from('192.0.2.1', { credential: 'good' }));
  fail(from('192.0.2.1'), 100);
  expect(refusal(from('192.0.2.1', { credential: 'good' }))).toBeUndefined();
  expect(refusal(from('192.0.2.1', { credential: 'other' }))).toBeDefined();
  nowMs += 600_000;
  fail(from('192.0.2.1'), 100);
  expect(refusal(from('192.0.2.1', { credential: 'good' }))).toBeDefined();
});

it('trusts an accepted credential no longer once it fails', () => {
  limits.accepted(from('192.0.2.1', { credential: 'revoked' }));
  fail(from('192.0.2.1', { credential: 'revoked' }), 6);
  expect(refusal(from('192.0.2.1', { credential: 'revoked' }))).toBeDefined();
});

it('tells the first refusal of a series from the others', () => {
  fail(from('192.0.2.1'), 6);
  expect([refusal(from('192.0.2.1'))?.isFirst, refusal(from('192.0.2.1'))?.isFirst]).toEqual([true, false]);
  nowMs += 10_000;
  limits.admit(from('192.0.2.1'));
  fail(from('192.0.2.1'), 1);
  expect(refusal(from('192.0.2.1'))?.isFirst).toBe(true);
});

it('limits nothing when there is no limit', () => {
  limits = new FailureLimits(0, () => nowMs);
  fail(from('192.0.2.1'), 1000);
  expect(refusal(from('192.0.2.1'))).toBeUndefined();
});

it('works without knowing where something comes from', () => {
  const attempt: Attempt = { credential: 'x' };
  fail(attempt, 100);
  expect(refusal(attempt)).toBeUndefined();
});

it('keeps a bounded number of entries, the latest ones', () => {
  const map = new BoundedMap<number, string>(3);
  for (const key of [1, 2, 3, 1, 4]) map.set(key, String(key));
  expect([map.size, map.get(1), map.get(2), map.get(4)]).toEqual([3, '1', undefined, '4']);
});

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::ffff', '2001:db8:1:2::/64'],
  ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
  ['unknown', 'unknown'],
])('counts %s as %s', (address, network) => {
  expect(sourceNetwork(address)).toBe(network);
});
