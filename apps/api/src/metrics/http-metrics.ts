import { Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { Counter, Gauge, Histogram } from 'prom-client';
import { routeTemplate } from '../http/route-template.js';
import type { Step } from '../server/frame.js';
import { HTTP_CUT_OFF, HTTP_REQUEST_DURATION, HTTP_REQUESTS_IN_FLIGHT, HTTP_UNAVAILABLE } from './metrics.js';

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Measures every request, whatever answers it, from its line to the last byte of the answer. */
@Injectable()
export class HttpMetrics {
  constructor(
    @InjectMetric(HTTP_REQUEST_DURATION) private readonly duration: Histogram,
    @InjectMetric(HTTP_REQUESTS_IN_FLIGHT) private readonly inFlight: Gauge,
    @InjectMetric(HTTP_UNAVAILABLE) private readonly unavailable: Counter,
    @InjectMetric(HTTP_CUT_OFF) private readonly cutOff: Counter,
  ) {}

  /** Counts what was refused before there was a request to measure. */
  readonly refused = (status: number): void => {
    this.duration.observe({ route: 'unmatched', method: 'other', status: classOf(status) }, 0);
  };

  readonly measure: Step = (request, response, next) => {
    const startedAtMs = performance.now();
    this.inFlight.inc();
    response.on('close', () => {
      this.inFlight.dec();
      const route = routeTemplate(request);
      if (response.statusCode === 503) {
        this.unavailable.inc({ route });
      }
      if (!response.writableFinished) {
        this.cutOff.inc();
      }
      const method = METHODS.has(request.method ?? '') ? request.method : 'other';
      const status = classOf(response.statusCode);
      this.duration.observe({ route, method, status }, (performance.now() - startedAtMs) / 1000);
    });
    next();
  };
}

function classOf(status: number): string {
  return `${Math.floor(status / 100)}xx`;
}
