import { Injectable } from '@nestjs/common';
import { OBJECT_STORE_OPERATIONS, OBJECT_STORE_OUTCOMES, type ObjectStoreObserver } from '@imgsrv/cas';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { Counter, Histogram } from 'prom-client';
import { OBJECT_STORE_BYTES, OBJECT_STORE_DURATION, OBJECT_STORE_OPERATIONS_ENDED } from './metrics.js';

/** Measures the calls of the object store. */
@Injectable()
export class ObjectStoreMetrics implements ObjectStoreObserver {
  constructor(
    @InjectMetric(OBJECT_STORE_OPERATIONS_ENDED) private readonly operations: Counter,
    @InjectMetric(OBJECT_STORE_DURATION) private readonly duration: Histogram,
    @InjectMetric(OBJECT_STORE_BYTES) private readonly bytes: Counter,
  ) {
    // Shown from the start, so that the first failure is an increase.
    bytes.inc({ direction: 'read' }, 0);
    bytes.inc({ direction: 'written' }, 0);
    for (const operation of OBJECT_STORE_OPERATIONS) {
      for (const outcome of OBJECT_STORE_OUTCOMES) {
        operations.inc({ operation, outcome }, 0);
      }
    }
  }

  ended(call: Parameters<ObjectStoreObserver['ended']>[0]): void {
    const { operation, outcome } = call;
    this.operations.inc({ operation, outcome });
    this.duration.observe({ operation }, call.durationMs / 1000);
    this.bytes.inc({ direction: 'read' }, call.readBytes);
    this.bytes.inc({ direction: 'written' }, call.writtenBytes);
  }
}
