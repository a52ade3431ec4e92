import { setTimeout as delay } from 'node:timers/promises';
import { type DynamicModule, Module, type OnApplicationShutdown } from '@nestjs/common';
import { AuditTrail } from '@imgsrv/audit';
import { type ObjectStore, Uploads, WholeUploads } from '@imgsrv/cas';
import { BlobVisibility, HEADER_INSPECTOR } from '@imgsrv/catalog';
import { type Config, Database } from '@imgsrv/platform';
import { CONFIG, OBJECT_STORE } from '../foundation.module.js';
import { LimitMetrics } from '../metrics/limit-metrics.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { defaultQuota } from './default-quota.js';
import { PartSlots, partsAtOnce } from './part-slots.js';
import { UploadsController } from './uploads.controller.js';
import { WholeUploadsController } from './whole-uploads.controller.js';

/** What a store or database takes that is there; uploads that are not given up by then expire. */
const SETTLE_MS = 3000;

@Module({})
export class UploadsModule implements OnApplicationShutdown {
  static with(foundation: DynamicModule): DynamicModule {
    return {
      module: UploadsModule,
      imports: [foundation, MetricsModule],
      controllers: [UploadsController, WholeUploadsController],
      providers: [
        {
          provide: Uploads,
          useFactory: (database: Database, store: ObjectStore, config: Config, changes: AuditTrail) =>
            new Uploads(
              database,
              store,
              {
                ttlMs: config.uploadTtlMs,
                maxAgeMs: config.uploadMaxAgeMs,
                maxSizeBytes: config.maxUploadSizeBytes,
                quota: defaultQuota(config),
              },
              changes,
            ),
          inject: [Database, OBJECT_STORE, CONFIG, AuditTrail],
        },
        {
          provide: WholeUploads,
          useFactory: (database: Database, store: ObjectStore, config: Config, changes: AuditTrail) =>
            new WholeUploads(
              database,
              store,
              {
                ttlMs: config.uploadTtlMs,
                maxAgeMs: config.uploadMaxAgeMs,
                maxSizeBytes: Math.min(config.maxSingleUploadBytes, config.maxUploadSizeBytes),
                quota: defaultQuota(config),
              },
              HEADER_INSPECTOR,
              changes,
            ),
          inject: [Database, OBJECT_STORE, CONFIG, AuditTrail],
        },
        {
          provide: PartSlots,
          useFactory: (metrics: LimitMetrics) => new PartSlots(partsAtOnce(), metrics),
          inject: [LimitMetrics],
        },
        {
          provide: BlobVisibility,
          useFactory: (database: Database) => new BlobVisibility(database),
          inject: [Database],
        },
      ],
      exports: [Uploads],
    };
  }

  constructor(private readonly wholeUploads: WholeUploads) {}

  /** Connections that broke off at the end of the grace leave no upload that counts for its principal until it expires. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.race([this.wholeUploads.settled(), delay(SETTLE_MS, undefined, { ref: false })]);
  }
}
