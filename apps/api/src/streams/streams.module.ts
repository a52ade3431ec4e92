import { type DynamicModule, Module } from '@nestjs/common';
import type { Logger } from '@imgsrv/platform';
import { CatalogueRevision, StreamsCatalogue } from '@imgsrv/streams';
import { LOGGER } from '../foundation.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { StreamsMetrics } from '../metrics/streams-metrics.js';
import { StreamsController } from './streams.controller.js';

@Module({})
export class StreamsModule {
  static with(foundation: DynamicModule): DynamicModule {
    return {
      module: StreamsModule,
      imports: [foundation, MetricsModule],
      controllers: [StreamsController],
      providers: [
        {
          provide: StreamsCatalogue,
          useFactory: (revision: CatalogueRevision, metrics: StreamsMetrics, logger: Logger) =>
            new StreamsCatalogue(revision, metrics, logger),
          inject: [CatalogueRevision, StreamsMetrics, LOGGER],
        },
      ],
    };
  }
}
