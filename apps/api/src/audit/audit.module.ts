import { type DynamicModule, Module } from '@nestjs/common';
import { AuditLog } from '@imgsrv/audit';
import { type Config, Database, type Logger } from '@imgsrv/platform';
import { CONFIG, LOGGER } from '../foundation.module.js';
import { AuditEventsController } from './audit-events.controller.js';
import { AuditExport } from './audit-export.js';

@Module({})
export class AuditModule {
  static with(foundation: DynamicModule): DynamicModule {
    return {
      module: AuditModule,
      imports: [foundation],
      controllers: [AuditEventsController],
      providers: [
        { provide: AuditLog, useFactory: (database: Database) => new AuditLog(database), inject: [Database] },
        {
          provide: AuditExport,
          useFactory: (log: AuditLog, config: Config, logger: Logger) =>
            new AuditExport(log, { config, logger }),
          inject: [AuditLog, CONFIG, LOGGER],
        },
      ],
      exports: [AuditLog],
    };
  }
}
