import { keepStoredRecord, listDueRecords, type ObjectStore, putRecord } from '@imgsrv/cas';
import { type JobKind, type RunningJob, SHORT_RETENTION } from '@imgsrv/jobs';
import type { Database } from '@imgsrv/platform';
import { writeRecord } from './catalog-record.js';
import { inParallel } from './in-parallel.js';
import { readRecords } from './read-records.repository.js';

/** Writes to the store what changed in the published catalogue since it was recorded. */
export const RECORD_CATALOG: JobKind<object> = {
  name: 'record_catalog',
  class: 'maintenance',
  maxAttempts: 20,
  steps: [],
  timeLimit: { baseMs: 3_600_000 },
  retention: SHORT_RETENTION,
  recurrence: { everyMs: 10_000 },
  parsePayload: () => ({}),
};

const BATCH = 50;
const AT_ONCE = 4;

/**
 * Records every subject that is marked, and resolves to how many records it wrote. Each is read in one snapshot together
 * with its revision, so what a revision says never depends on who writes it when. Safe to repeat, and to break off anywhere.
 */
export async function recordCatalog(
  database: Database,
  store: ObjectStore,
  job: Pick<RunningJob<object>, 'signal' | 'fenced'>,
): Promise<number> {
  let recorded = 0;
  for (;;) {
    job.signal.throwIfAborted();
    const records = await database.snapshot(async (connection) =>
      readRecords(connection, await listDueRecords(connection, BATCH)),
    );
    if (records.length === 0) {
      return recorded;
    }
    await inParallel(records, AT_ONCE, async (record) => {
      const { key, bytes } = writeRecord(record);
      await putRecord(store, key, bytes);
      await job.fenced((tx) => keepStoredRecord(tx, key));
    });
    recorded += records.length;
  }
}
