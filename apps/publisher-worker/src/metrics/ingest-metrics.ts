import { Injectable } from '@nestjs/common';
import { UPLOAD_FAILURE_CODES, type UploadFailure } from '@imgsrv/cas';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { Counter } from 'prom-client';
import { UPLOAD_VERIFIED, UPLOADS_SETTLED } from './metrics.js';

/** Measures what became of completed uploads. */
@Injectable()
export class IngestMetrics {
  constructor(
    @InjectMetric(UPLOADS_SETTLED) private readonly settled: Counter,
    @InjectMetric(UPLOAD_VERIFIED) private readonly verifiedBytes: Counter,
  ) {
    for (const outcome of ['ready', ...UPLOAD_FAILURE_CODES]) {
      settled.inc({ outcome }, 0);
    }
  }

  verified(sizeBytes: number): void {
    this.settled.inc({ outcome: 'ready' });
    this.verifiedBytes.inc(sizeBytes);
  }

  refused(code: UploadFailure['code']): void {
    this.settled.inc({ outcome: code });
  }
}
