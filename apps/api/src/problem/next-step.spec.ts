import { atNextStep, STEP_MS } from './next-step.js';

/** When it was sent, in milliseconds after it was begun, if that was so long ago. */
function sentAfter(tookMs: number, furtherMs?: number): Promise<number> {
  const begunMs = performance.now() - tookMs;
  return new Promise((resolve) => {
    const send = (): void => {
      resolve(performance.now() - begunMs);
    };
    atNextStep(begunMs, send, furtherMs);
  });
}

it('is never early, whatever part of a millisecond it took before', async () => {
  for (let tookMs = 0.05; tookMs < 2 * STEP_MS; tookMs += 0.37) {
    expect(await sentAfter(tookMs)).toBeGreaterThanOrEqual(Math.ceil(tookMs / STEP_MS) * STEP_MS);
  }
});

it('is sent anywhere in the step after', async () => {
  const afterStep: number[] = [];
  for (let count = 0; count < 100; count += 1) afterStep.push((await sentAfter(0.1)) - STEP_MS);
  // Otherwise once in two billion times.
  expect(Math.min(...afterStep)).toBeLessThan(STEP_MS / 5);
  expect(Math.max(...afterStep)).toBeGreaterThan((STEP_MS * 4) / 5);
});

it('tells next to nothing of the time before', async () => {
  // What the machine adds is in neither of the least.
  const least = async (tookMs: number): Promise<number> => {
    const times: number[] = [];
    for (let count = 0; count < 40; count += 1) times.push(await sentAfter(tookMs, 0));
    return Math.min(...times);
  };
  // A timer alone would make these differ by nearly as much as they do before.
  expect(Math.abs((await least(0.1)) - (await least(0.9)))).toBeLessThan(0.2);
});
