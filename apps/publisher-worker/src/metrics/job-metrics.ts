import { Injectable } from '@nestjs/common';
import {
  type CircuitState,
  JOB_OUTCOMES,
  type JobOutcome,
  type JobsObserver,
  type StepOutcome,
} from '@imgsrv/jobs';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { Counter, Gauge, Histogram } from 'prom-client';
import {
  JOB_ATTEMPTS,
  JOB_BREAKER_OPEN,
  JOB_DURATION,
  JOB_LEASE_LOSSES,
  JOB_STEP_DURATION,
  JOBS_ENDED,
} from './metrics.js';

/** Turns what the job worker tells into metrics. */
@Injectable()
export class JobMetrics implements JobsObserver {
  constructor(
    @InjectMetric(JOB_ATTEMPTS) private readonly attempts: Counter,
    @InjectMetric(JOB_DURATION) private readonly duration: Histogram,
    @InjectMetric(JOBS_ENDED) private readonly endedTotal: Counter,
    @InjectMetric(JOB_LEASE_LOSSES) private readonly leaseLosses: Counter,
    @InjectMetric(JOB_BREAKER_OPEN) private readonly breakerOpen: Gauge,
    @InjectMetric(JOB_STEP_DURATION) private readonly stepDuration: Histogram,
  ) {}

  /** Shows the kinds of jobs from the start, so that the first failure of one is an increase. */
  expect(kinds: readonly string[]): void {
    for (const kind of kinds) {
      this.attempts.inc({ kind }, 0);
      this.leaseLosses.inc({ kind }, 0);
      this.breakerOpen.set({ kind }, 0);
      for (const outcome of JOB_OUTCOMES) {
        this.endedTotal.inc({ kind, outcome }, 0);
      }
    }
  }

  began(kind: string): void {
    this.attempts.inc({ kind });
  }

  ended(kind: string, outcome: JobOutcome, durationMs: number): void {
    this.endedTotal.inc({ kind, outcome });
    this.duration.observe({ kind, outcome }, durationMs / 1000);
    if (outcome === 'lease-lost') {
      this.leaseLosses.inc({ kind });
    }
  }

  stepEnded(kind: string, step: string, outcome: StepOutcome, durationMs: number): void {
    this.stepDuration.observe({ kind, step, outcome }, durationMs / 1000);
  }

  breakerChanged(kind: string, state: CircuitState): void {
    this.breakerOpen.set({ kind }, state === 'open' ? 1 : 0);
  }
}
