import type { JobId } from '@imgsrv/jobs';
import type { Connection, Transaction } from '@imgsrv/platform';
import { type CollectionReport, EMPTY_REPORT } from './collection-report.js';

/** How far the job of a collection has come. */
export interface CollectionRun {
  /** Everything up to this digest is done; empty before the first. */
  readonly afterDigest: string;
  readonly report: CollectionReport;
}

/** The run of a job as its last attempt left it, or a new one. `isFull`: it looks at all blobs and acts. */
export async function beginRun(tx: Transaction, jobId: JobId, isFull: boolean): Promise<CollectionRun> {
  const [row] = await tx.rows<RunRow>(
    `INSERT INTO collection_runs AS r (job_id, report, is_full) VALUES ($1, $2, $3)
     ON CONFLICT (job_id) DO UPDATE SET is_full = r.is_full RETURNING after_digest, report`,
    [jobId, JSON.stringify(EMPTY_REPORT), isFull],
  );
  if (row === undefined) {
    throw new Error('an inserted run of a collection did not come back');
  }
  return { afterDigest: row.after_digest, report: row.report };
}

export async function keepRun(tx: Transaction, jobId: JobId, run: CollectionRun): Promise<void> {
  await tx.rows(`UPDATE collection_runs SET after_digest = $2, report = $3 WHERE job_id = $1`, [
    jobId,
    run.afterDigest,
    JSON.stringify(run.report),
  ]);
}

export async function endRun(tx: Transaction, jobId: JobId): Promise<void> {
  await tx.rows(`UPDATE collection_runs SET ended_at = now() WHERE job_id = $1`, [jobId]);
}

/** Whether a full run of another job has ended within the last `withinMs`. */
export async function hasRunWithin(connection: Connection, withinMs: number): Promise<boolean> {
  const rows = await connection.rows(
    `SELECT FROM collection_runs WHERE is_full AND ended_at > now() - $1 * interval '1 millisecond' LIMIT 1`,
    [withinMs],
  );
  return rows.length > 0;
}

/** What the job has reported so far; undefined before it began. */
export async function findReport(
  connection: Connection,
  jobId: JobId,
): Promise<CollectionReport | undefined> {
  const [row] = await connection.rows<Pick<RunRow, 'report'>>(
    `SELECT report FROM collection_runs WHERE job_id = $1`,
    [jobId],
  );
  return row?.report;
}

interface RunRow {
  readonly after_digest: string;
  readonly report: CollectionReport;
}
