import { type DynamicModule, Module } from '@nestjs/common';
import { Database, type Logger } from '@imgsrv/platform';
import { StreamsCatalogue } from '@imgsrv/streams';
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
          useFactory: (database: Database, metrics: StreamsMetrics, logger: Logger) =>
            new StreamsCatalogue(database, metrics, logger),
          inject: [Database, StreamsMetrics, LOGGER],
        },
      ],
    };
  }
}
