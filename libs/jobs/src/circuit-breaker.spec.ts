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
