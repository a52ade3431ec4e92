import { TooManyFailuresError, UnauthenticatedError } from '../auth.errors.js';
import { NoMatchingRuleError } from '../oidc/oidc.errors.js';
import { type Attempt, FailureLimits } from './failure-limits.js';

let nowMs: number;
let limits: FailureLimits;
let made: number;

beforeEach(() => {
  nowMs = 1_000_000;
  made = 0;
  limits = new FailureLimits(6, () => nowMs);
});

/** A credential of its own, unless the change names one. */
const from = (source: string, change: Partial<Attempt> = {}): Attempt => ({
  credential: `credential ${(made += 1)}`,
  source,
  ...change,
});

const wrong = (): Promise<never> => Promise.reject(new UnauthenticatedError('unknown'));
const right = (): Promise<string> => Promise.resolve('caller');

/** What the caller is told: the reason of a 401, `429`, another code, or what was verified. */
async function outcomeOf(attempt: Attempt, verify: () => Promise<string> = wrong): Promise<string> {
  try {
    return await limits.guard(attempt, verify);
  } catch (error) {
    if (error instanceof UnauthenticatedError) return error.reason;
    return error instanceof TooManyFailuresError ? '429' : (error as NoMatchingRuleError).code;
  }
}

async function refusal(attempt: Attempt): Promise<TooManyFailuresError> {
  return (await limits.guard(attempt, wrong).catch((error: unknown) => error)) as TooManyFailuresError;
}

async function fail(source: string, times: number, change: Partial<Attempt> = {}): Promise<void> {
  for (let count = 0; count < times; count += 1) await outcomeOf(from(source, change));
}

it('lets a source fail as often as it may in a minute, and tells it no more then', async () => {
  await fail('192.0.2.1', 5);
  expect(await outcomeOf(from('192.0.2.1'))).toBe('unknown');
  expect(await outcomeOf(from('192.0.2.1'))).toBe('429');
});

it('says after how many seconds the next try may come, and keeps to it', async () => {
  await fail('192.0.2.1', 6, { credential: 'known as wrong' });
  const again = from('192.0.2.1', { credential: 'known as wrong' });
  const { retryAfterS } = await refusal(again);
  expect(retryAfterS).toBe(10);
  nowMs += retryAfterS * 1000 - 1;
  expect(await outcomeOf(again)).toBe('429');
  nowMs += 1;
  expect(await outcomeOf(again)).toBe('unknown');
});

it('makes who goes on failing wait for all of it', async () => {
  await fail('192.0.2.1', 11);
  expect((await refusal(from('192.0.2.1'))).retryAfterS).toBe(70);
});

it('never saves up more than a minute of failures', async () => {
  nowMs += 3_600_000;
  await fail('192.0.2.1', 6);
  expect(await outcomeOf(from('192.0.2.1'))).toBe('429');
});

it('does not make others wait', async () => {
  await fail('192.0.2.1', 100);
  expect(await outcomeOf(from('192.0.2.2'))).toBe('unknown');
});

it('counts a token id wherever it is tried from', async () => {
  for (let host = 1; host <= 6; host += 1) await fail(`192.0.2.${host}`, 1, { tokenId: 'abc' });
  expect(await outcomeOf(from('198.51.100.1', { tokenId: 'abc' }))).toBe('429');
  expect(await outcomeOf(from('198.51.100.1', { tokenId: 'xyz' }))).toBe('unknown');
});

it('lets fresh genuine credentials in behind an address where others fail', async () => {
  await fail('192.0.2.1', 100);
  for (let job = 0; job < 19; job += 1) {
    expect(await outcomeOf(from('192.0.2.1'), right)).toBe('caller');
  }
});

it('lets the holder of a token in whose id others guess at', async () => {
  await fail('192.0.2.1', 100, { tokenId: 'abc' });
  expect(await outcomeOf(from('192.0.2.1', { tokenId: 'abc' }), right)).toBe('caller');
});

it('does not look at a credential again that failed, while its source is exhausted', async () => {
  const attempt = from('192.0.2.1', { credential: 'of a broken client' });
  await outcomeOf(attempt);
  await fail('192.0.2.1', 6);
  const verify = jest.fn(right);
  expect(await outcomeOf(attempt, verify)).toBe('429');
  expect(verify).not.toHaveBeenCalled();
  nowMs += 60_000;
  expect(await outcomeOf(attempt, verify)).toBe('caller');
});

it('verifies a few at a time, and takes a bounded number, where too many failed', async () => {
  await fail('192.0.2.1', 6);
  await fail('192.0.2.2', 6);
  let running = 0;
  let most = 0;
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const slow = async (): Promise<never> => {
    running += 1;
    most = Math.max(most, running);
    await released;
    running -= 1;
    return wrong();
  };
  const guesses = Array.from({ length: 1000 }, () => outcomeOf(from('192.0.2.1'), slow));
  const neighbour = outcomeOf(from('192.0.2.2'), right);
  const other = await outcomeOf(from('192.0.2.3'), right);
  release();
  expect(new Set(await Promise.all(guesses))).toEqual(new Set(['429']));
  expect([most, other, await neighbour]).toEqual([4, 'caller', 'caller']);
});

it('does not hold back a credential that was accepted lately', async () => {
  const known = from('192.0.2.1', { credential: 'known' });
  await outcomeOf(known, right);
  await fail('192.0.2.1', 100);
  // As of a free one, not of one in the lane.
  expect(await outcomeOf(known)).toBe('unknown');
});

it('trusts an accepted credential no longer once it fails', async () => {
  const revoked = from('192.0.2.1', { credential: 'revoked' });
  await outcomeOf(revoked, right);
  for (let count = 0; count < 6; count += 1) await outcomeOf(revoked);
  expect(await outcomeOf(revoked)).toBe('429');
});

it('tells the first refusal of a series from the others', async () => {
  await fail('192.0.2.1', 6);
  expect([(await refusal(from('192.0.2.1'))).isFirst, (await refusal(from('192.0.2.1'))).isFirst]).toEqual([
    true,
    false,
  ]);
  nowMs += 30_000;
  await fail('192.0.2.1', 1);
  expect((await refusal(from('192.0.2.1'))).isFirst).toBe(true);
});

describe('a genuine JWT that no rule lets in', () => {
  const unmatched = (subject: string) => (): Promise<never> =>
    Promise.reject(new NoMatchingRuleError({ issuer: 'https://issuer.example', subject, credentialId: 'x' }));

  it('counts for its issuer and subject, not for its source', async () => {
    for (let count = 0; count < 6; count += 1) {
      expect(await outcomeOf(from('192.0.2.1'), unmatched('a'))).toBe('no-matching-rule');
    }
    expect(await outcomeOf(from('192.0.2.9'), unmatched('a'))).toBe('429');
    expect(await outcomeOf(from('192.0.2.1'), unmatched('b'))).toBe('no-matching-rule');
    expect(await outcomeOf(from('192.0.2.1'))).toBe('unknown');
  });

  it('keeps no other JWT of the subject out', async () => {
    for (let count = 0; count < 20; count += 1) await outcomeOf(from('192.0.2.1'), unmatched('a'));
    expect(await outcomeOf(from('192.0.2.1'), right)).toBe('caller');
  });
});

it('counts nothing when a dependency fails', async () => {
  const away = new Error('away');
  for (let count = 0; count < 20; count += 1) {
    await expect(limits.guard(from('192.0.2.1'), () => Promise.reject(away))).rejects.toBe(away);
  }
  expect(await outcomeOf(from('192.0.2.1'))).toBe('unknown');
});

it('limits nothing when there is no limit', async () => {
  limits = new FailureLimits(0, () => nowMs);
  await fail('192.0.2.1', 1000);
  expect(await outcomeOf(from('192.0.2.1'))).toBe('unknown');
});

it('works without knowing where something comes from', async () => {
  for (let count = 0; count < 100; count += 1) await outcomeOf({ credential: `x${count}` });
  expect(await outcomeOf({ credential: 'x' })).toBe('unknown');
});

it('keeps a bounded number of sources in memory, those that failed last', async () => {
  await fail('192.0.2.1', 6);
  await fail('192.0.2.2', 6);
  for (let count = 0; count < 9_999; count += 1) await fail(`198.18.${count >> 8}.${count & 255}`, 1);
  expect(await outcomeOf(from('192.0.2.2'))).toBe('429');
  expect(await outcomeOf(from('192.0.2.1'))).toBe('unknown');
});
