import { CircuitBreaker } from './circuit-breaker.js';

const COOLDOWN_MS = 1000;

function createBreaker() {
  const clock = { nowMs: 0 };
  const breaker = new CircuitBreaker({ failures: 3, cooldownMs: COOLDOWN_MS }, () => clock.nowMs);
  return { breaker, clock };
}

function opened() {
  const parts = createBreaker();
  for (let failure = 0; failure < 3; failure += 1) {
    parts.breaker.began();
    parts.breaker.failed();
  }
  return parts;
}

/** Open, cooled down, and one job let through. */
function trying() {
  const parts = opened();
  parts.clock.nowMs += COOLDOWN_MS;
  parts.breaker.began();
  return parts;
}

describe('CircuitBreaker', () => {
  it('starts closed', () => {
    const { breaker } = createBreaker();
    expect(breaker.state).toBe('closed');
    expect(breaker.allows).toBe(true);
  });

  it('stays closed below the number of failures', () => {
    const { breaker } = createBreaker();
    breaker.failed();
    breaker.failed();
    expect(breaker.state).toBe('closed');
  });

  it('counts failures in a row only', () => {
    const { breaker } = createBreaker();
    breaker.failed();
    breaker.failed();
    breaker.succeeded();
    breaker.failed();
    breaker.failed();
    expect(breaker.state).toBe('closed');
  });

  it('does not take an undecided job for a success or a failure', () => {
    const { breaker } = createBreaker();
    breaker.failed();
    breaker.failed();
    breaker.undecided();
    expect(breaker.state).toBe('closed');
    breaker.failed();
    expect(breaker.state).toBe('open');
  });

  it('lets nothing through while it is open', () => {
    const { breaker, clock } = opened();
    clock.nowMs += COOLDOWN_MS - 1;
    expect(breaker.state).toBe('open');
    expect(breaker.allows).toBe(false);
  });

  it('lets one through after the cool-down, and no second one beside it', () => {
    const { breaker, clock } = opened();
    clock.nowMs += COOLDOWN_MS;
    expect(breaker.state).toBe('half-open');
    expect(breaker.allows).toBe(true);
    breaker.began();
    expect(breaker.allows).toBe(false);
  });

  it('lets one through at once when the dependency may be back', () => {
    const { breaker } = opened();
    breaker.retryNow();
    expect(breaker.state).toBe('half-open');
    breaker.began();
    expect(breaker.allows).toBe(false);
    breaker.failed();
    expect(breaker.state).toBe('open');
  });

  it('rests shortly at first, then twice as long each time, when what may be back is not quite', () => {
    const { breaker } = opened();
    expect(breaker.restsForMs).toBe(COOLDOWN_MS);
    breaker.retryNow();
    expect(breaker.restsForMs).toBe(0);
    const rests = [1, 2, 3].map(() => {
      breaker.failed();
      return breaker.restsForMs;
    });
    expect(rests).toEqual([COOLDOWN_MS / 2, COOLDOWN_MS, COOLDOWN_MS]);
  });

  it('rests for whole cool-downs again once one succeeded', () => {
    const { breaker } = opened();
    breaker.retryNow();
    breaker.succeeded();
    [1, 2, 3].forEach(() => {
      breaker.failed();
    });
    expect(breaker.restsForMs).toBe(COOLDOWN_MS);
  });

  it('does not rest longer, nor open, because the dependency may be back', () => {
    const cooled = opened();
    cooled.clock.nowMs += 2 * COOLDOWN_MS;
    cooled.breaker.retryNow();
    expect(cooled.breaker.state).toBe('half-open');
    const { breaker } = createBreaker();
    breaker.retryNow();
    expect(breaker.state).toBe('closed');
  });

  it('closes when that one succeeds', () => {
    const { breaker } = trying();
    breaker.succeeded();
    expect(breaker.state).toBe('closed');
    breaker.failed();
    breaker.failed();
    expect(breaker.state).toBe('closed');
  });

  it('opens again for a whole cool-down when that one fails', () => {
    const { breaker, clock } = trying();
    breaker.failed();
    clock.nowMs += COOLDOWN_MS - 1;
    expect(breaker.state).toBe('open');
    clock.nowMs += 1;
    expect(breaker.allows).toBe(true);
  });

  it('lets another through when that one ends undecided', () => {
    const { breaker } = trying();
    breaker.undecided();
    expect(breaker.state).toBe('half-open');
    expect(breaker.allows).toBe(true);
  });
});
