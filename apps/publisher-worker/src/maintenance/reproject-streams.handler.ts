import { BlobReader, type ObjectStore } from '@imgsrv/cas';
import type { JobHandler } from '@imgsrv/jobs';
import { type Database, DependencyUnavailableError, type Logger } from '@imgsrv/platform';
import { REPROJECT_STREAMS, StreamsProjection } from '@imgsrv/streams';

/** How many batches one job does; the next job goes on. */
const BATCHES = 10;

/** Does some of what is left. */
export function createReprojectStreamsHandler(
  database: Database,
  store: ObjectStore,
  logger: Logger,
): JobHandler<object> {
  const projection = new StreamsProjection(database);
  const blobs = new BlobReader(database, store);
  return {
    kind: REPROJECT_STREAMS,
    run: async (job) => {
      for (let batch = 0; batch < BATCHES; batch += 1) {
        const versions = await projection.reproject({
          readBlob: (digest, options) => blobs.open(digest, options),
          signal: job.signal,
          write: (work) => job.fenced(work),
          onUnreadable: (versionId, error) => {
            if (error instanceof DependencyUnavailableError) {
              throw error;
            }
            logger.error({ version_id: versionId, err: error }, 'could not read the metadata of a version');
          },
        });
        if (versions === 0) {
          return;
        }
        logger.info({ versions }, 'read the metadata of published versions again');
      }
    },
  };
}
