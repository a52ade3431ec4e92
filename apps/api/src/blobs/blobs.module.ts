import { type DynamicModule, Module } from '@nestjs/common';
import { BlobVisibility } from '@imgsrv/catalog';
import { Database } from '@imgsrv/platform';
import { BlobAnswers } from './blob-answers.js';
import { BlobsController } from './blobs.controller.js';

@Module({})
export class BlobsModule {
  static with(foundation: DynamicModule): DynamicModule {
    return {
      module: BlobsModule,
      imports: [foundation],
      controllers: [BlobsController],
      providers: [
        BlobAnswers,
        {
          provide: BlobVisibility,
          useFactory: (database: Database) => new BlobVisibility(database),
          inject: [Database],
        },
      ],
    };
  }
}
