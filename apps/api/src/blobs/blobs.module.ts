import { type DynamicModule, Module } from '@nestjs/common';
import { PublishedBlobs } from '@imgsrv/catalog';
import { Database } from '@imgsrv/platform';
import { BlobsController } from './blobs.controller.js';

@Module({})
export class BlobsModule {
  static with(foundation: DynamicModule): DynamicModule {
    return {
      module: BlobsModule,
      imports: [foundation],
      controllers: [BlobsController],
      providers: [
        {
          provide: PublishedBlobs,
          useFactory: (database: Database) => new PublishedBlobs(database),
          inject: [Database],
        },
      ],
    };
  }
}
