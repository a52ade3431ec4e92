import type { CircuitState } from './circuit-breaker.js';

export const JOB_OUTCOMES = ['succeeded', 'retried', 'failed', 'released', 'canceled', 'lease-lost'] as const;

export type JobOutcome = (typeof JOB_OUTCOMES)[number];

/** `failed`: this attempt did not finish the step, for whatever reason; the job may be tried again. */
export type StepOutcome = 'succeeded' | 'failed';

/** What a worker tells those who measure it. */
export interface JobsObserver {
  /** An attempt at a job begins. */
  began(kind: string): void;
  ended(kind: string, outcome: JobOutcome, durationMs: number): void;
  /** An attempt at a step ended. Steps that an earlier attempt had finished are not told. */
  stepEnded(kind: string, step: string, outcome: StepOutcome, durationMs: number): void;
  breakerChanged(kind: string, state: CircuitState): void;
}
