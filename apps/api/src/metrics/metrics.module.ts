import { Module } from '@nestjs/common';
import { HttpMetrics } from './http-metrics.js';
import { METRIC_PROVIDERS } from './metrics.js';

@Module({ providers: [...METRIC_PROVIDERS, HttpMetrics], exports: [HttpMetrics] })
export class MetricsModule {}
