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
