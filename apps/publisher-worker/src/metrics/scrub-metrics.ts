import { Injectable } from '@nestjs/common';
import type { Blob } from '@imgsrv/cas';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { Counter } from 'prom-client';
import { SCRUBBED, SCRUBBED_BLOBS } from './metrics.js';

const OUTCOMES = ['sound', 'damaged', 'unreadable'] as const;

/** Measures the reading of stored blobs. */
@Injectable()
export class ScrubMetrics {
  constructor(
    @InjectMetric(SCRUBBED_BLOBS) private readonly blobs: Counter,
    @InjectMetric(SCRUBBED) private readonly bytes: Counter,
  ) {
    for (const outcome of OUTCOMES) {
      blobs.inc({ outcome }, 0);
    }
  }

  judged({ sizeBytes }: Blob, outcome: 'sound' | 'damaged'): void {
    this.blobs.inc({ outcome });
    this.bytes.inc(sizeBytes);
  }

  unreadable(): void {
    this.blobs.inc({ outcome: 'unreadable' });
  }
}
