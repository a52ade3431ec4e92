import { type JobKind, type RunningJob, SHORT_RETENTION } from '@imgsrv/jobs';

/** Makes the coming months of the audit log, and drops those that are over for longer than the retention. */
export const KEEP_AUDIT_MONTHS: JobKind<object> = {
  name: 'keep_audit_months',
  class: 'maintenance',
  maxAttempts: 5,
  steps: [],
  timeLimit: { baseMs: 600_000 },
  retention: SHORT_RETENTION,
  recurrence: { everyMs: 3_600_000 },
  parsePayload: () => ({}),
};

/**
 * Resolves to how many months were dropped, all of them whole: an event is kept for the retention and at most a month longer;
 * without `retentionMs` for ever, and none goes that is younger than 30 days. Events that came when their month was missing are
 * moved into it. Safe to repeat. `asOf` is the present unless that is later.
 */
export async function keepAuditMonths(
  job: Pick<RunningJob<object>, 'fenced'>,
  retentionMs: number | undefined,
  asOf?: Date,
): Promise<number> {
  const [kept] = await job.fenced((tx) =>
    tx.rows<{ dropped: number }>('SELECT keep_audit_months($1, COALESCE($2, now())) AS dropped', [
      retentionMs ?? null,
      asOf ?? null,
    ]),
  );
  return kept?.dropped ?? 0;
}
