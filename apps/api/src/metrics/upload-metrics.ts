import { Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { Counter } from 'prom-client';
import { UPLOAD_RECEIVED } from './metrics.js';

/** Measures what clients send. */
@Injectable()
export class UploadMetrics {
  constructor(@InjectMetric(UPLOAD_RECEIVED) private readonly received: Counter) {}

  receivedPart(sizeBytes: number): void {
    this.received.inc(sizeBytes);
  }
}
