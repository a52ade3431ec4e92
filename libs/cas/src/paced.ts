import { setTimeout as delay } from 'node:timers/promises';

/**
 * Does one batch of work that nobody waits for, then rests for as long as that took, so that all batches together take
 * half of what they work on at most. Rejects with the reason of `signal` when that aborts.
 */
export async function paced<T>(signal: AbortSignal, batch: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const startedAtMs = performance.now();
  const result = await batch();
  await delay(performance.now() - startedAtMs, undefined, { signal });
  return result;
}

/** Work shorter than this goes on without a rest. */
const SHORTEST_WORK_MS = 200;
const LONGEST_REST_MS = 10_000;

/**
 * As `paced`, for work that is not made of batches: call what this gives again and again in the middle of the work. It
 * resolves at once, or after a rest as long as the work since the last one.
 */
export function resting(signal: AbortSignal): () => Promise<void> {
  let sinceMs = performance.now();
  return async () => {
    const workedMs = performance.now() - sinceMs;
    if (workedMs >= SHORTEST_WORK_MS) {
      await delay(Math.min(workedMs, LONGEST_REST_MS), undefined, { signal });
      sinceMs = performance.now();
    }
  };
}
