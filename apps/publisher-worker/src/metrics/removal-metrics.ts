import { Injectable } from '@nestjs/common';
import type { CollectedBlob } from '@imgsrv/cas';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { Counter } from 'prom-client';
import { COLLECTED, COLLECTED_BLOBS, REMOVED_STRAYS } from './metrics.js';

/** Measures what is removed because nothing needs it. */
@Injectable()
export class RemovalMetrics {
  constructor(
    @InjectMetric(COLLECTED_BLOBS) private readonly blobs: Counter,
    @InjectMetric(COLLECTED) private readonly bytes: Counter,
    @InjectMetric(REMOVED_STRAYS) private readonly strays: Counter,
  ) {
    for (const kind of ['object', 'multipart_upload']) {
      strays.inc({ kind }, 0);
    }
  }

  collected(blobs: readonly CollectedBlob[]): void {
    this.blobs.inc(blobs.length);
    this.bytes.inc(blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  }

  removedStray(kind: 'object' | 'multipart_upload'): void {
    this.strays.inc({ kind });
  }
}
