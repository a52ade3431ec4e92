import { type DynamicModule, Module } from '@nestjs/common';
import { ObjectStoreMetrics } from '@imgsrv/cas';
import { provideFigureGauges, Readiness, SHARED_GAUGES } from '@imgsrv/platform';
import { HealthController } from './health.controller.js';
import { IngestMetrics } from './metrics/ingest-metrics.js';
import { JobMetrics } from './metrics/job-metrics.js';
import { METRIC_PROVIDERS } from './metrics/metrics.js';
import { RemovalMetrics } from './metrics/removal-metrics.js';
import { ScrubMetrics } from './metrics/scrub-metrics.js';

@Module({})
export class WorkerModule {
  static with(readiness: Readiness): DynamicModule {
    return {
      module: WorkerModule,
      controllers: [HealthController],
      providers: [
        ...METRIC_PROVIDERS,
        provideFigureGauges(SHARED_GAUGES),
        IngestMetrics,
        JobMetrics,
        ObjectStoreMetrics,
        RemovalMetrics,
        ScrubMetrics,
        { provide: Readiness, useValue: readiness },
      ],
    };
  }
}
