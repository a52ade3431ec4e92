import { BlobScrub, type ObjectStore, SCRUB_BLOBS, type ScrubBlobsPayload } from '@imgsrv/cas';
import type { JobHandler } from '@imgsrv/jobs';
import { describeCauses, type Logger } from '@imgsrv/platform';
import type { ScrubMetrics } from '../metrics/scrub-metrics.js';

/** Reads the bytes of stored blobs again. */
export function createScrubBlobsHandler(
  store: ObjectStore,
  periodMs: number,
  metrics: ScrubMetrics,
  logger: Logger,
): JobHandler<ScrubBlobsPayload> {
  const scrub = new BlobScrub(
    store,
    {
      sound: (blob) => {
        metrics.judged(blob, 'sound');
        if (blob.damage !== undefined) {
          logger.info({ digest: blob.digest }, 'the bytes of a damaged blob are right again');
        }
      },
      damaged: (blob, damage) => {
        metrics.judged(blob, 'damaged');
        if (blob.damage === undefined) {
          logger.error(
            { digest: blob.digest, size_bytes: blob.sizeBytes, damage },
            'a blob is damaged in the object store; nobody is given it until its bytes are uploaded again',
          );
        }
      },
      unreadable: ({ digest }, error) => {
        metrics.unreadable();
        logger.warn(
          { digest, reason: describeCauses(error) },
          'the object store cannot give the bytes of a blob',
        );
      },
      readsDiffered: ({ digest, sizeBytes }) => {
        logger.warn(
          { digest, size_bytes: sizeBytes },
          'the object store returned different bytes when an object was read again: check memory and network',
        );
      },
    },
    periodMs,
  );
  return { kind: SCRUB_BLOBS, run: (job) => scrub.run(job) };
}
