import { type DynamicModule, Module } from '@nestjs/common';
import { Readiness } from '@imgsrv/platform';
import { HealthController } from './health.controller.js';
import { JobMetrics } from './metrics/job-metrics.js';
import { METRIC_PROVIDERS } from './metrics/metrics.js';

@Module({})
export class WorkerModule {
  static with(readiness: Readiness): DynamicModule {
    return {
      module: WorkerModule,
      controllers: [HealthController],
      providers: [...METRIC_PROVIDERS, JobMetrics, { provide: Readiness, useValue: readiness }],
    };
  }
}
