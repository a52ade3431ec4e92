import { atNextStep, STEP_MS } from './next-step.js';

/** When it was sent, in milliseconds after it was begun, if that was so long ago. */
function sentAfter(tookMs: number): Promise<number> {
  const begunMs = performance.now() - tookMs;
  return new Promise((resolve) => {
    atNextStep(begunMs, () => {
      resolve(performance.now() - begunMs);
    });
  });
}

it('is never early, whatever part of a millisecond it took before', async () => {
  for (let tookMs = 0.05; tookMs < 2 * STEP_MS; tookMs += 0.37) {
    expect(await sentAfter(tookMs)).toBeGreaterThanOrEqual(Math.ceil(tookMs / STEP_MS) * STEP_MS);
  }
});

it('tells next to nothing of the time before', async () => {
  // What the machine adds is in neither of the least.
  const least = async (tookMs: number): Promise<number> => {
    const times: number[] = [];
    for (let count = 0; count < 40; count += 1) times.push(await sentAfter(tookMs));
    return Math.min(...times);
  };
  // A timer alone would make these differ by nearly as much as they do before.
  expect(Math.abs((await least(0.1)) - (await least(0.9)))).toBeLessThan(0.2);
});
