import { Overviews } from '@imgsrv/catalog';
import { Database } from '@imgsrv/platform';
import { type DynamicModule, Module } from '@nestjs/common';
import { MetricsModule } from '../metrics/metrics.module.js';
import { AuditPageController } from './admin/audit-page.controller.js';
import { PrincipalsPageController } from './admin/principals-page.controller.js';
import { RulesPageController } from './admin/rules-page.controller.js';
import { AssetsController } from './assets/assets.controller.js';
import { CatalogueController } from './catalogue/catalogue.controller.js';
import { ChangesController } from './catalogue/changes.controller.js';
import { PublishingController } from './publishing/publishing.controller.js';
import { SignInController } from './session/sign-in.controller.js';
import { StoragePageController } from './storage/storage-page.controller.js';

/** Pages for people. Their controllers call the services of `resources`, the modules of the API, and have none of their own. */
@Module({})
export class PageModule {
  static with(foundation: DynamicModule, resources: readonly DynamicModule[]): DynamicModule {
    return {
      module: PageModule,
      imports: [foundation, MetricsModule, ...resources],
      controllers: [
        SignInController,
        AssetsController,
        CatalogueController,
        ChangesController,
        PublishingController,
        PrincipalsPageController,
        RulesPageController,
        AuditPageController,
        StoragePageController,
      ],
      providers: [
        {
          provide: Overviews,
          useFactory: (database: Database) => new Overviews(database),
          inject: [Database],
        },
      ],
    };
  }
}
