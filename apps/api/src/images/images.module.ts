import {
  Aliases,
  Artifacts,
  Attachments,
  Images,
  Manifests,
  PublishedBlobs,
  Versions,
} from '@imgsrv/catalog';
import { Database } from '@imgsrv/platform';
import { StreamsReports } from '@imgsrv/streams';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { AliasesController } from './aliases.controller.js';
import { ArtifactsController } from './artifacts.controller.js';
import { AttachmentsController } from './attachments.controller.js';
import { ImagesController } from './images.controller.js';
import { RefsController } from './refs.controller.js';
import { ReportedManifests } from './reported-manifests.js';
import { VersionsController } from './versions.controller.js';

const ON_THE_DATABASE = [Images, Versions, Artifacts, Attachments, Aliases, PublishedBlobs] as const;

@Module({})
export class ImagesModule {
  static with(foundation: DynamicModule): DynamicModule {
    return {
      module: ImagesModule,
      imports: [foundation],
      controllers: [
        ImagesController,
        VersionsController,
        ArtifactsController,
        AttachmentsController,
        AliasesController,
        RefsController,
      ],
      providers: [
        ...ON_THE_DATABASE.map((Service): Provider => ({
          provide: Service,
          useFactory: (database: Database) => new Service(database),
          inject: [Database],
        })),
        {
          provide: ReportedManifests,
          useFactory: (database: Database) =>
            new ReportedManifests(new Manifests(database), new StreamsReports(database)),
          inject: [Database],
        },
      ],
    };
  }
}
