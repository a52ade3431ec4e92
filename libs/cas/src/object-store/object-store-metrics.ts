import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import { Counter, Histogram } from 'prom-client';
import {
  OBJECT_STORE_OPERATIONS,
  OBJECT_STORE_OUTCOMES,
  type ObjectStoreObserver,
} from './object-store-observer.js';

const OPERATIONS_ENDED = 'imgsrv_object_store_operations_total';
const DURATION = 'imgsrv_object_store_operation_duration_seconds';
const BYTES = 'imgsrv_object_store_bytes_total';

/** What `ObjectStoreMetrics` fills, for the metrics of every process that uses an object store. */
export const OBJECT_STORE_METRICS = [
  makeCounterProvider({
    name: OPERATIONS_ENDED,
    help: 'Calls of the object store, by operation and outcome',
    labelNames: ['operation', 'outcome'],
  }),
  makeHistogramProvider({
    name: DURATION,
    help: 'Time of a call of the object store, by operation; read_body lasts as long as its reader takes',
    labelNames: ['operation'],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60, 600],
  }),
  makeCounterProvider({
    name: BYTES,
    help: 'Bytes read from and written to the object store',
    labelNames: ['direction'],
  }),
];

/** Measures the calls of the object store. */
@Injectable()
export class ObjectStoreMetrics implements ObjectStoreObserver {
  constructor(
    @InjectMetric(OPERATIONS_ENDED) private readonly operations: Counter,
    @InjectMetric(DURATION) private readonly duration: Histogram,
    @InjectMetric(BYTES) private readonly bytes: Counter,
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
