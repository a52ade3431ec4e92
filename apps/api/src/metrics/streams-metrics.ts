import { Injectable } from '@nestjs/common';
import type { StreamsObserver } from '@imgsrv/streams';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { Counter, Gauge, Histogram } from 'prom-client';
import {
  STREAMS_DOCUMENT_SIZE,
  STREAMS_LEFT_OUT,
  STREAMS_PRODUCTS,
  STREAMS_REJECTED,
  STREAMS_RENDER_DURATION,
} from './metrics.js';

/** Measures the rendering of the documents. */
@Injectable()
export class StreamsMetrics implements StreamsObserver {
  constructor(
    @InjectMetric(STREAMS_RENDER_DURATION) private readonly duration: Histogram,
    @InjectMetric(STREAMS_PRODUCTS) private readonly products: Gauge,
    @InjectMetric(STREAMS_LEFT_OUT) private readonly leftOut: Gauge,
    @InjectMetric(STREAMS_DOCUMENT_SIZE) private readonly size: Gauge,
    @InjectMetric(STREAMS_REJECTED) private readonly rejections: Counter,
  ) {}

  rendered(render: Parameters<StreamsObserver['rendered']>[0]): void {
    this.duration.observe(render.durationMs / 1000);
    this.products.set(render.products);
    this.leftOut.set(render.leftOut);
    this.size.set(render.sizeBytes);
  }

  rejected(): void {
    this.rejections.inc();
  }
}
