import {
  Ingest,
  INGEST_BLOB,
  type IngestPayload,
  type ObjectStore,
  settleAsFailed,
  type UploadSession,
} from '@imgsrv/cas';
import { HEADER_INSPECTOR } from '@imgsrv/catalog';
import type { JobHandler } from '@imgsrv/jobs';
import type { Logger } from '@imgsrv/platform';
import type { IngestMetrics } from '../metrics/ingest-metrics.js';

/** Verifies completed uploads. A job that ends in failure leaves the reason on the upload. */
export function createIngestHandler(
  store: ObjectStore,
  metrics: IngestMetrics,
  logger: Logger,
): JobHandler<IngestPayload> {
  const ingest = new Ingest(store, HEADER_INSPECTOR, {
    readsDiffered: ({ id, expectedSizeBytes }) => {
      logger.warn(
        { upload_id: id, size_bytes: expectedSizeBytes },
        'the object store returned different bytes when an object was read again: check memory and network',
      );
    },
  });
  return {
    kind: INGEST_BLOB,
    run: async (job) => {
      const startedAtMs = performance.now();
      const session = await ingest.run(job);
      if (session !== undefined) {
        count(metrics, session);
        logger.info(
          {
            upload_id: session.id,
            digest: session.expectedDigest,
            size_bytes: session.expectedSizeBytes,
            duration_ms: Math.round(performance.now() - startedAtMs),
            ...(session.failure === undefined ? {} : { reason: session.failure.detail }),
          },
          session.state === 'ready' ? 'verified an upload' : 'refused the bytes of an upload',
        );
      }
    },
    onFailed: async (tx, payload, reason) => {
      await settleAsFailed(tx, payload.uploadId, { code: 'ingest-failed', detail: reason });
      metrics.refused('ingest-failed');
    },
  };
}

function count(metrics: IngestMetrics, { expectedSizeBytes, failure }: UploadSession): void {
  if (failure === undefined) {
    metrics.verified(expectedSizeBytes);
  } else {
    metrics.refused(failure.code);
  }
}
