import { runAtOnce, runPaced, type Steps } from './steps.js';

function* spin(durationMs: number): Steps<string> {
  const end = performance.now() + durationMs;
  while (performance.now() < end) {
    yield;
  }
  return 'done';
}

function* fail(): Steps<never> {
  yield;
  throw new Error('broken step');
}

describe('runPaced', () => {
  it('lets other work of the process run in between', async () => {
    let turns = 0;
    const counting = setInterval(() => (turns += 1), 1);
    try {
      await expect(runPaced(spin(100))).resolves.toBe('done');
    } finally {
      clearInterval(counting);
    }
    expect(turns).toBeGreaterThanOrEqual(3);
  });

  it('rejects when a step throws', async () => {
    await expect(runPaced(fail())).rejects.toThrow('broken step');
  });
});

describe('runAtOnce', () => {
  it('returns what the steps return', () => {
    expect(runAtOnce(spin(1))).toBe('done');
  });

  it('throws what a step throws', () => {
    expect(() => runAtOnce(fail())).toThrow('broken step');
  });
});
