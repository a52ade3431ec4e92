import { type DynamicModule, Module } from '@nestjs/common';
import { AuditLog } from '@imgsrv/audit';
import { Database } from '@imgsrv/platform';
import { AuditEventsController } from './audit-events.controller.js';

@Module({})
export class AuditModule {
  static with(foundation: DynamicModule): DynamicModule {
    return {
      module: AuditModule,
      imports: [foundation],
      controllers: [AuditEventsController],
      providers: [
        { provide: AuditLog, useFactory: (database: Database) => new AuditLog(database), inject: [Database] },
      ],
    };
  }
}
