import { randomInt } from 'node:crypto';

/** Milliseconds. */
export const STEP_MS = 5;

/** What a timer may be late by: it counts whole milliseconds, from a moment that is not quite now. */
const TIMER_MS = 1;

/**
 * Calls `send` when a whole number of steps and `furtherMs` have passed since `begunMs`, as `performance.now()` tells it: to some
 * microseconds, however long it took up to now. A timer alone would add whole milliseconds to that time, and so tell it; so the last of them are waited for
 * turn by turn, between which everything else goes on. What the time before still changes, a few microseconds of what follows, is
 * lost in a random part of one more step.
 */
export function atNextStep(begunMs: number, send: () => void, furtherMs = randomPartOfStep()): void {
  const tookMs = performance.now() - begunMs;
  waitUntil(begunMs + Math.ceil(tookMs / STEP_MS) * STEP_MS + furtherMs, send);
}

const MICROSECONDS = 1000;

/** One that nobody can foresee. */
function randomPartOfStep(): number {
  return randomInt(STEP_MS * MICROSECONDS) / MICROSECONDS;
}

function waitUntil(dueMs: number, send: () => void): void {
  const restMs = dueMs - performance.now();
  const again = () => {
    waitUntil(dueMs, send);
  };
  if (restMs <= 0) {
    send();
  } else if (restMs >= TIMER_MS + 1) {
    // Of less than one it makes one.
    setTimeout(again, restMs - TIMER_MS);
  } else {
    setImmediate(again);
  }
}
