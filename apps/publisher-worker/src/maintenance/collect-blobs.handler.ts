import { BlobCollection, COLLECT_BLOBS, type CollectBlobsPayload } from '@imgsrv/cas';
import { isReferenced } from '@imgsrv/catalog';
import type { JobHandler } from '@imgsrv/jobs';
import type { Logger } from '@imgsrv/platform';
import type { RemovalMetrics } from '../metrics/removal-metrics.js';

/** Collects blobs that no version refers to. */
export function createCollectBlobsHandler(
  graceMs: number,
  metrics: RemovalMetrics,
  logger: Logger,
): JobHandler<CollectBlobsPayload> {
  const collection = new BlobCollection({ isReferenced, graceMs }, (blobs) => {
    metrics.collected(blobs);
  });
  return {
    kind: COLLECT_BLOBS,
    run: async (job) => {
      const report = await collection.run(job);
      if (report !== undefined && (job.payload.isRequested || report.removedBlobs > 0)) {
        logger.info(
          {
            dry_run: job.payload.dryRun,
            blobs: report.removedBlobs,
            size_bytes: report.removedBytes,
            new_candidates: report.newCandidates,
          },
          job.payload.dryRun
            ? 'looked for blobs that nothing refers to'
            : 'collected blobs that nothing refers to',
        );
      }
    },
  };
}
