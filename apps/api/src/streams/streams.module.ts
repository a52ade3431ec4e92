import { type DynamicModule, Module } from '@nestjs/common';
import { AuditTrail } from '@imgsrv/audit';
import { Channels } from '@imgsrv/catalog';
import { type Config, Database, type Logger } from '@imgsrv/platform';
import { AudienceStreams, CatalogueRevision, ChannelStreams } from '@imgsrv/streams';
import { CONFIG, LOGGER } from '../foundation.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { StreamsMetrics } from '../metrics/streams-metrics.js';
import { ChannelStreamsController } from '../channels/channel-streams.controller.js';
import { ChannelsController } from '../channels/channels.controller.js';
import { StreamsController } from './streams.controller.js';

@Module({})
export class StreamsModule {
  static with(foundation: DynamicModule): DynamicModule {
    return {
      module: StreamsModule,
      imports: [foundation, MetricsModule],
      controllers: [StreamsController, ChannelsController, ChannelStreamsController],
      providers: [
        {
          provide: AudienceStreams,
          useFactory: (
            revision: CatalogueRevision,
            metrics: StreamsMetrics,
            logger: Logger,
            { streamsVisibleVersions }: Config,
          ) => new AudienceStreams(revision, metrics, logger, streamsVisibleVersions),
          inject: [CatalogueRevision, StreamsMetrics, LOGGER, CONFIG],
        },
        {
          provide: ChannelStreams,
          useFactory: (whole: AudienceStreams, metrics: StreamsMetrics, logger: Logger) =>
            new ChannelStreams(whole, metrics, logger),
          inject: [AudienceStreams, StreamsMetrics, LOGGER],
        },
        {
          provide: Channels,
          useFactory: (database: Database, changes: AuditTrail) => new Channels(database, changes),
          inject: [Database, AuditTrail],
        },
      ],
    };
  }
}
