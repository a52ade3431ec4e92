import { Module } from '@nestjs/common';
import { ObjectStoreMetrics } from '@imgsrv/cas';
import { FigureGauges, provideFigureGauges } from '@imgsrv/platform';
import { AuthenticationMetrics } from './authentication-metrics.js';
import { HttpMetrics } from './http-metrics.js';
import { LimitMetrics } from './limit-metrics.js';
import { FIGURE_GAUGES, METRIC_PROVIDERS } from './metrics.js';
import { StreamsMetrics } from './streams-metrics.js';
import { UploadMetrics } from './upload-metrics.js';

const RECORDERS = [
  AuthenticationMetrics,
  HttpMetrics,
  LimitMetrics,
  ObjectStoreMetrics,
  StreamsMetrics,
  UploadMetrics,
];

@Module({
  providers: [...METRIC_PROVIDERS, provideFigureGauges(FIGURE_GAUGES), ...RECORDERS],
  exports: [FigureGauges, ...RECORDERS],
})
export class MetricsModule {}
