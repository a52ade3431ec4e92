import { type DynamicModule, Module } from '@nestjs/common';
import { AuditTrail } from '@imgsrv/audit';
import { Collections } from '@imgsrv/cas';
import { isReferenced } from '@imgsrv/catalog';
import { Database } from '@imgsrv/platform';
import { StorageController } from './storage.controller.js';

@Module({})
export class StorageModule {
  static with(foundation: DynamicModule): DynamicModule {
    return {
      module: StorageModule,
      imports: [foundation],
      controllers: [StorageController],
      providers: [
        {
          provide: Collections,
          useFactory: (database: Database, changes: AuditTrail) =>
            new Collections(database, isReferenced, changes),
          inject: [Database, AuditTrail],
        },
      ],
      exports: [Collections],
    };
  }
}
