import type { CircuitState } from './circuit-breaker.js';

export type JobOutcome = 'succeeded' | 'retried' | 'failed' | 'released' | 'lease-lost';

/** What a worker tells those who measure it. */
export interface JobsObserver {
  ended(kind: string, outcome: JobOutcome, durationMs: number): void;
  breakerChanged(kind: string, state: CircuitState): void;
}
