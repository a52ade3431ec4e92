import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  /** Default 15 seconds. */
  readonly timeoutMs?: number;
  /** Pause between two looks; default 20 milliseconds. */
  readonly intervalMs?: number;
  /** Completes "waited … ms for" in the message when time runs out. */
  readonly what?: string | (() => string);
}

type Truthy<T> = Exclude<T, false | 0 | '' | null | undefined>;

/**
 * Looks until `condition` gives something truthy, and resolves with it. Rejects at once with what the condition throws,
 * and when time runs out.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  options: WaitOptions = {},
): Promise<Truthy<T>> {
  const { timeoutMs = 15_000, intervalMs = 20, what = 'a condition' } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (isTruthy(value)) {
      return value;
    }
    if (performance.now() >= deadline) {
      throw new Error(`waited ${timeoutMs} ms for ${typeof what === 'string' ? what : what()}`);
    }
    await delay(intervalMs);
  }
}

function isTruthy<T>(value: T): value is Truthy<T> {
  return Boolean(value);
}
