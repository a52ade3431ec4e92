import { type DynamicModule, Module } from '@nestjs/common';
import { Database, type Logger } from '@imgsrv/platform';
import { StreamsCatalogue } from '@imgsrv/streams';
import { LOGGER } from '../foundation.module.js';
import { STREAMS_METRIC_PROVIDERS, StreamsMetrics } from './streams-metrics.js';
import { StreamsController } from './streams.controller.js';

@Module({})
export class StreamsModule {
  static with(foundation: DynamicModule): DynamicModule {
    return {
      module: StreamsModule,
      imports: [foundation],
      controllers: [StreamsController],
      providers: [
        ...STREAMS_METRIC_PROVIDERS,
        StreamsMetrics,
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
