import type { JobKind } from '@imgsrv/jobs';

/** A job that leaves one row in `effects`. */
export interface Counted {
  readonly number: number;
}

export const COUNT_ONCE: JobKind<Counted> = {
  name: 'count_once',
  class: 'publish',
  // Every death of a worker costs one.
  maxAttempts: 1000,
  steps: [],
  timeLimit: { baseMs: 60_000 },
  parsePayload: (stored) => {
    const { number } = stored as Partial<Counted>;
    if (typeof number !== 'number') {
      throw new TypeError('not a number');
    }
    return { number };
  },
};
