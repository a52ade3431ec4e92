import { Injectable } from '@nestjs/common';
import type { CircuitState, JobOutcome, JobsObserver } from '@imgsrv/jobs';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { Counter, Gauge, Histogram } from 'prom-client';
import { JOB_BREAKER_OPEN, JOB_DURATION, JOBS_ENDED } from './metrics.js';

/** Turns what the job worker tells into metrics. */
@Injectable()
export class JobMetrics implements JobsObserver {
  constructor(
    @InjectMetric(JOB_DURATION) private readonly duration: Histogram,
    @InjectMetric(JOBS_ENDED) private readonly endedTotal: Counter,
    @InjectMetric(JOB_BREAKER_OPEN) private readonly breakerOpen: Gauge,
  ) {}

  ended(kind: string, outcome: JobOutcome, durationMs: number): void {
    this.endedTotal.inc({ kind, outcome });
    this.duration.observe({ kind, outcome }, durationMs / 1000);
  }

  breakerChanged(kind: string, state: CircuitState): void {
    this.breakerOpen.set({ kind }, state === 'open' ? 1 : 0);
  }
}
