import { keepStoredRecord, listDueRecords, type ObjectStore, putRecord } from '@imgsrv/cas';
import { type JobKind, type RunningJob, SHORT_RETENTION } from '@imgsrv/jobs';
import type { Database } from '@imgsrv/platform';
import { writeRecord } from './catalog-record.js';
import { inParallel } from './in-parallel.js';
import { findRecord } from './read-record.repository.js';

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
/** A record of the largest version takes some hundred MiB while it is written. */
const AT_ONCE = 2;

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
    const due = await database.use((connection) => listDueRecords(connection, BATCH));
    if (due.length === 0) {
      return recorded;
    }
    await inParallel(due, AT_ONCE, async (subject) => {
      job.signal.throwIfAborted();
      const record = await database.snapshot((connection) => findRecord(connection, subject));
      if (record !== undefined) {
        const { key, bytes } = writeRecord(record);
        await putRecord(store, key, bytes);
        await job.fenced((tx) => keepStoredRecord(tx, key));
        recorded += 1;
      }
    });
  }
}
