import { KEEP_AUDIT_MONTHS, keepAuditMonths } from '@imgsrv/audit';
import type { JobHandler } from '@imgsrv/jobs';
import type { Logger } from '@imgsrv/platform';

/** Keeps the audit log for as long as the retention says. */
export function createKeepAuditMonthsHandler(
  retentionMs: number | undefined,
  logger: Logger,
): JobHandler<object> {
  return {
    kind: KEEP_AUDIT_MONTHS,
    run: async (job) => {
      const months = await keepAuditMonths(job, retentionMs);
      if (months > 0) {
        logger.info({ months }, 'dropped months of the audit log that are older than the retention');
      }
    },
  };
}
