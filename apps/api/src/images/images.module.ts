import { AuditTrail } from '@imgsrv/audit';
import {
  Aliases,
  Artifacts,
  Attachments,
  Deprecations,
  Images,
  Manifests,
  Promotions,
  PublishedBlobs,
  Retentions,
  Versions,
  Withdrawals,
} from '@imgsrv/catalog';
import { type Config, Database } from '@imgsrv/platform';
import { CONFIG } from '../foundation.module.js';
import { StreamsReports } from '@imgsrv/streams';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { AliasesController } from './aliases.controller.js';
import { ArtifactsController } from './artifacts.controller.js';
import { AttachmentsController } from './attachments.controller.js';
import { ImagesController } from './images.controller.js';
import { PromotionsController } from './promotions.controller.js';
import { RefsController } from './refs.controller.js';
import { ReportedManifests } from './reported-manifests.js';
import { RetentionController } from './retention.controller.js';
import { VersionLifecycleController } from './version-lifecycle.controller.js';
import { VersionsController } from './versions.controller.js';

const EDITORS = [Artifacts, Attachments, Aliases, Deprecations, Promotions] as const;

@Module({})
export class ImagesModule {
  static with(foundation: DynamicModule): DynamicModule {
    return {
      module: ImagesModule,
      imports: [foundation],
      controllers: [
        ImagesController,
        VersionsController,
        VersionLifecycleController,
        ArtifactsController,
        AttachmentsController,
        AliasesController,
        PromotionsController,
        RefsController,
        RetentionController,
      ],
      providers: [
        ...EDITORS.map((Editor): Provider => ({
          provide: Editor,
          useFactory: (database: Database, changes: AuditTrail) => new Editor(database, changes),
          inject: [Database, AuditTrail],
        })),
        {
          provide: Images,
          useFactory: (database: Database, changes: AuditTrail, config: Config) =>
            new Images(database, changes, config.defaultVisibility),
          inject: [Database, AuditTrail, CONFIG],
        },
        {
          provide: Versions,
          useFactory: (database: Database, changes: AuditTrail, config: Config) =>
            new Versions(database, changes, { maxDrafts: config.maxDrafts }),
          inject: [Database, AuditTrail, CONFIG],
        },
        {
          provide: Withdrawals,
          useFactory: (database: Database, changes: AuditTrail, config: Config) =>
            new Withdrawals(database, changes, { restoreWindowMs: config.withdrawalRestoreWindowMs }),
          inject: [Database, AuditTrail, CONFIG],
        },
        {
          provide: Retentions,
          useFactory: (database: Database, changes: AuditTrail, config: Config) =>
            new Retentions(database, changes, config.defaultRetention),
          inject: [Database, AuditTrail, CONFIG],
        },
        {
          provide: PublishedBlobs,
          useFactory: (database: Database) => new PublishedBlobs(database),
          inject: [Database],
        },
        {
          provide: ReportedManifests,
          useFactory: (database: Database) =>
            new ReportedManifests(new Manifests(database), new StreamsReports(database)),
          inject: [Database],
        },
      ],
      exports: [Aliases, Images, Promotions, ReportedManifests, Versions, Withdrawals],
    };
  }
}
