import { APPLY_RETENTION, applyRetention, type RetentionSettings } from '@imgsrv/catalog';
import type { JobHandler } from '@imgsrv/jobs';
import type { Database, Logger } from '@imgsrv/platform';

/** Withdraws what the retention policies do not keep. */
export function createApplyRetentionHandler(
  database: Database,
  settings: RetentionSettings,
  logger: Logger,
): JobHandler<object> {
  return {
    kind: APPLY_RETENTION,
    run: async (job) => {
      const versions = await applyRetention(database, settings, job);
      if (versions > 0) {
        logger.info({ versions }, 'withdrew versions that no retention policy keeps');
      }
    },
  };
}
