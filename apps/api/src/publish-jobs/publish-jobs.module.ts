import { AuditTrail } from '@imgsrv/audit';
import { Publishing } from '@imgsrv/catalog';
import { Database } from '@imgsrv/platform';
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
          useFactory: (database: Database, changes: AuditTrail) =>
            new ReportedPublishing(new Publishing(database, changes), new StreamsReports(database)),
          inject: [Database, AuditTrail],
        },
      ],
    };
  }
}
