import { type DynamicModule, Module } from '@nestjs/common';
import { AuditTrail } from '@imgsrv/audit';
import { BlobReader, type ObjectStore, ObjectStoreMetrics, ObservedObjectStore } from '@imgsrv/cas';
import { type Config, Database, type Logger } from '@imgsrv/platform';
import { CatalogueRevision } from '@imgsrv/streams';
import { BlobDownload } from './downloads/blob-download.js';
import { DownloadSlots } from './downloads/download-slots.js';
import { LimitMetrics } from './metrics/limit-metrics.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { currentActor } from './server/current-actor.js';

/** Injection tokens of what has no class of its own. */
export const CONFIG = Symbol('Config');
export const LOGGER = Symbol('Logger');
export const OBJECT_STORE = Symbol('ObjectStore');

export interface Foundation {
  readonly config: Config;
  readonly logger: Logger;
  readonly database: Database;
  readonly store: ObjectStore;
}

/** What every resource builds on. Made once a process; resource modules import that one instance. */
@Module({})
export class FoundationModule {
  static with(foundation: Foundation): DynamicModule {
    return {
      module: FoundationModule,
      imports: [MetricsModule],
      providers: [
        { provide: CONFIG, useValue: foundation.config },
        { provide: LOGGER, useValue: foundation.logger },
        {
          provide: OBJECT_STORE,
          useFactory: (metrics: ObjectStoreMetrics) => new ObservedObjectStore(foundation.store, metrics),
          inject: [ObjectStoreMetrics],
        },
        { provide: Database, useValue: foundation.database },
        { provide: AuditTrail, useValue: new AuditTrail(currentActor) },
        { provide: CatalogueRevision, useValue: new CatalogueRevision(foundation.database) },
        {
          provide: BlobReader,
          useFactory: (database: Database, store: ObjectStore) => new BlobReader(database, store),
          inject: [Database, OBJECT_STORE],
        },
        {
          provide: BlobDownload,
          useFactory: (blobs: BlobReader, metrics: LimitMetrics) =>
            new BlobDownload(blobs, new DownloadSlots(foundation.config.shares, metrics), foundation),
          inject: [BlobReader, LimitMetrics],
        },
      ],
      exports: [
        CONFIG,
        LOGGER,
        OBJECT_STORE,
        Database,
        AuditTrail,
        CatalogueRevision,
        BlobReader,
        BlobDownload,
      ],
    };
  }
}
