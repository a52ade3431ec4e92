import { Module } from '@nestjs/common';
import { FigureGauges } from '@imgsrv/platform';
import { AuthenticationMetrics } from './authentication-metrics.js';
import { FIGURE_GAUGES_PROVIDER } from './figure-gauges.provider.js';
import { HttpMetrics } from './http-metrics.js';
import { METRIC_PROVIDERS } from './metrics.js';
import { ObjectStoreMetrics } from './object-store-metrics.js';
import { StreamsMetrics } from './streams-metrics.js';
import { UploadMetrics } from './upload-metrics.js';

const RECORDERS = [AuthenticationMetrics, HttpMetrics, ObjectStoreMetrics, StreamsMetrics, UploadMetrics];

@Module({
  providers: [...METRIC_PROVIDERS, FIGURE_GAUGES_PROVIDER, ...RECORDERS],
  exports: [FigureGauges, ...RECORDERS],
})
export class MetricsModule {}
