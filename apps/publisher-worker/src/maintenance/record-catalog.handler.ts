import type { ObjectStore } from '@imgsrv/cas';
import type { JobHandler } from '@imgsrv/jobs';
import type { Database, Logger } from '@imgsrv/platform';
import { RECORD_CATALOG, recordCatalog } from '@imgsrv/records';

/** Records in the store what changed in the published catalogue. */
export function createRecordCatalogHandler(
  database: Database,
  store: ObjectStore,
  logger: Logger,
): JobHandler<object> {
  return {
    kind: RECORD_CATALOG,
    run: async (job) => {
      const records = await recordCatalog(database, store, job);
      if (records > 0) {
        logger.info({ records }, 'recorded changes of the catalogue in the store');
      }
    },
  };
}
