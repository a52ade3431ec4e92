import { type DynamicModule, Module } from '@nestjs/common';
import { provideFigureGauges, Readiness } from '@imgsrv/platform';
import { HealthController } from './health.controller.js';
import { IngestMetrics } from './metrics/ingest-metrics.js';
import { JobMetrics } from './metrics/job-metrics.js';
import { FIGURE_GAUGES, METRIC_PROVIDERS } from './metrics/metrics.js';
import { ObjectStoreMetrics } from './metrics/object-store-metrics.js';

@Module({})
export class WorkerModule {
  static with(readiness: Readiness): DynamicModule {
    return {
      module: WorkerModule,
      controllers: [HealthController],
      providers: [
        ...METRIC_PROVIDERS,
        provideFigureGauges(FIGURE_GAUGES),
        IngestMetrics,
        JobMetrics,
        ObjectStoreMetrics,
        { provide: Readiness, useValue: readiness },
      ],
    };
  }
}
