import { Injectable } from '@nestjs/common';
import type { ConnectionObserver } from '@imgsrv/platform';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { Counter, Gauge } from 'prom-client';
import { HTTP_CONNECTIONS, HTTP_DOWNLOADS_IN_FLIGHT, HTTP_LIMITS_REACHED } from './metrics.js';

const LIMITS = [
  'connections_per_source',
  'requests_per_source',
  'downloads_per_source',
  'downloads',
  'parts_per_principal',
  'parts',
  'descriptors',
] as const;

/** Measures what clients hold of this process, and how often one was turned away for it. */
@Injectable()
export class LimitMetrics {
  /** For the listener. */
  readonly connections: ConnectionObserver = {
    opened: () => {
      this.open.inc();
    },
    closed: () => {
      this.open.dec();
    },
    refused: (limit) => {
      this.reached(limit);
    },
  };

  constructor(
    @InjectMetric(HTTP_CONNECTIONS) private readonly open: Gauge,
    @InjectMetric(HTTP_DOWNLOADS_IN_FLIGHT) private readonly downloads: Gauge,
    @InjectMetric(HTTP_LIMITS_REACHED) private readonly limits: Counter,
  ) {
    // A series that is there from the start shows its first increase.
    for (const limit of LIMITS) this.limits.inc({ limit }, 0);
  }

  reached(limit: (typeof LIMITS)[number]): void {
    this.limits.inc({ limit });
  }

  downloadBegan(): void {
    this.downloads.inc();
  }

  downloadEnded(): void {
    this.downloads.dec();
  }
}
