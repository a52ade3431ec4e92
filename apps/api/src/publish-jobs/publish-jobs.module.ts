import { AuditTrail } from '@imgsrv/audit';
import { Publishing, Releases } from '@imgsrv/catalog';
import { type Config, Database } from '@imgsrv/platform';
import { CONFIG } from '../foundation.module.js';
import { StreamsReports } from '@imgsrv/streams';
import { type DynamicModule, Module } from '@nestjs/common';
import { PublishJobsController } from './publish-jobs.controller.js';
import { ReportedPublishing } from './reported-publishing.js';
import { VersionPublishingController } from './version-publishing.controller.js';

@Module({})
export class PublishJobsModule {
  static with(foundation: DynamicModule): DynamicModule {
    return {
      module: PublishJobsModule,
      imports: [foundation],
      controllers: [PublishJobsController, VersionPublishingController],
      providers: [
        {
          provide: ReportedPublishing,
          useFactory: (database: Database, changes: AuditTrail, config: Config) =>
            new ReportedPublishing(
              new Publishing(database, changes),
              new Releases(database, changes, { maxDrafts: config.maxDrafts }, config.defaultVisibility),
              new StreamsReports(database),
            ),
          inject: [Database, AuditTrail, CONFIG],
        },
      ],
      exports: [ReportedPublishing],
    };
  }
}
