import { setImmediate } from 'node:timers/promises';

/** Long work that yields wherever it may be interrupted. */
export type Steps<Result> = Generator<undefined, Result, undefined>;

/** How long the event loop may be held at a time. */
const BURST_MS = 10;

/** Does the work without a pause. */
export function runAtOnce<Result>(steps: Steps<Result>): Result {
  let step = steps.next();
  while (step.done !== true) {
    step = steps.next();
  }
  return step.value;
}

/** Does the work in bursts of some milliseconds, so that the process goes on with everything else in between. */
export async function runPaced<Result>(steps: Steps<Result>): Promise<Result> {
  let burstEnd = performance.now() + BURST_MS;
  let step = steps.next();
  while (step.done !== true) {
    if (performance.now() >= burstEnd) {
      await setImmediate();
      burstEnd = performance.now() + BURST_MS;
    }
    step = steps.next();
  }
  return step.value;
}
