import { Injectable } from '@nestjs/common';
import type { StreamsObserver } from '@imgsrv/streams';
import {
  InjectMetric,
  makeCounterProvider,
  makeGaugeProvider,
  makeHistogramProvider,
} from '@willsoto/nestjs-prometheus';
import { Counter, Gauge, Histogram } from 'prom-client';

const RENDER_DURATION = 'imgsrv_streams_render_duration_seconds';
const PRODUCTS = 'imgsrv_streams_products';
const LEFT_OUT = 'imgsrv_streams_left_out_artifacts';
const DOCUMENT_SIZE = 'imgsrv_streams_images_json_bytes';
const REJECTED = 'imgsrv_streams_rejected_documents_total';

/** The metrics of Simple Streams, with their units. */
export const STREAMS_METRIC_PROVIDERS = [
  makeHistogramProvider({
    name: RENDER_DURATION,
    help: 'Time to read, render, validate and compress the Simple Streams documents',
    buckets: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 10],
  }),
  makeGaugeProvider({ name: PRODUCTS, help: 'Products in the Simple Streams documents' }),
  makeGaugeProvider({
    name: LEFT_OUT,
    help: 'Artifacts, each counted once a client, that could not be rendered into the Simple Streams documents',
  }),
  makeGaugeProvider({ name: DOCUMENT_SIZE, help: 'Size of images.json before compression, in bytes' }),
  makeCounterProvider({
    name: REJECTED,
    help: 'Simple Streams documents that were not served because clients could not have read them',
  }),
];

/** Measures the rendering of the documents. */
@Injectable()
export class StreamsMetrics implements StreamsObserver {
  constructor(
    @InjectMetric(RENDER_DURATION) private readonly duration: Histogram,
    @InjectMetric(PRODUCTS) private readonly products: Gauge,
    @InjectMetric(LEFT_OUT) private readonly leftOut: Gauge,
    @InjectMetric(DOCUMENT_SIZE) private readonly size: Gauge,
    @InjectMetric(REJECTED) private readonly rejections: Counter,
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
