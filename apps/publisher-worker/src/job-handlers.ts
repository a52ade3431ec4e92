import type { ObjectStore, Quota } from '@imgsrv/cas';
import type { JobHandler } from '@imgsrv/jobs';
import type { Config, Database, Logger } from '@imgsrv/platform';
import { createIngestHandler } from './ingest/ingest.handler.js';
import { createApplyRetentionHandler } from './maintenance/apply-retention.handler.js';
import { createCollectBlobsHandler } from './maintenance/collect-blobs.handler.js';
import { createDiscardObjectHandler } from './maintenance/discard-object.handler.js';
import { createExpireUploadsHandler } from './maintenance/expire-uploads.handler.js';
import { createKeepAuditMonthsHandler } from './maintenance/keep-audit-months.handler.js';
import { createPurgeJobsHandler } from './maintenance/purge-jobs.handler.js';
import { createRecordCatalogHandler } from './maintenance/record-catalog.handler.js';
import { createReleaseWithdrawnHandler } from './maintenance/release-withdrawn.handler.js';
import { createReprojectStreamsHandler } from './maintenance/reproject-streams.handler.js';
import { createScrubBlobsHandler } from './maintenance/scrub-blobs.handler.js';
import { createSweepStoreHandler } from './maintenance/sweep-store.handler.js';
import type { IngestMetrics } from './metrics/ingest-metrics.js';
import type { RemovalMetrics } from './metrics/removal-metrics.js';
import type { ScrubMetrics } from './metrics/scrub-metrics.js';
import { createPublishHandler } from './publish/publish.handler.js';

export interface HandlerParts {
  readonly config: Config;
  readonly database: Database;
  readonly store: ObjectStore;
  readonly ingestMetrics: IngestMetrics;
  readonly removalMetrics: RemovalMetrics;
  readonly scrubMetrics: ScrubMetrics;
  readonly logger: Logger;
}

/** Every kind of job that a worker runs. */
export function createJobHandlers({
  config,
  database,
  store,
  ingestMetrics,
  removalMetrics,
  scrubMetrics,
  logger,
}: HandlerParts): JobHandler<object>[] {
  return [
    ...(config.worker.promotionEnabled ? [createIngestHandler(store, ingestMetrics, logger)] : []),
    createPublishHandler({
      database,
      store,
      disks: config.worker.disks,
      deltas: { ...config.worker.deltas, quota: quotaOf(config) },
      logger,
    }),
    createDiscardObjectHandler(store),
    createExpireUploadsHandler(database, logger),
    createCollectBlobsHandler(config.worker.blobGraceMs, removalMetrics, logger),
    createSweepStoreHandler(store, config.worker.blobGraceMs, removalMetrics, logger),
    createScrubBlobsHandler(store, config.worker.scrubPeriodMs, scrubMetrics, logger),
    createPurgeJobsHandler(database),
    createReprojectStreamsHandler(database, store, logger),
    createApplyRetentionHandler(
      database,
      { fallback: config.defaultRetention, restoreWindowMs: config.withdrawalRestoreWindowMs },
      logger,
    ),
    createReleaseWithdrawnHandler(database, logger),
    createRecordCatalogHandler(database, store, logger),
    createKeepAuditMonthsHandler(config.worker.auditRetentionMs, logger),
  ];
}

/** Of principals without one of their own. How many uploads they may have open is no matter of what a worker makes. */
function quotaOf({ defaultQuotaStoredBytes: storedBytes }: Config): Quota {
  return storedBytes === undefined ? {} : { storedBytes };
}
