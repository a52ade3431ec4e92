import { randomUUID } from 'node:crypto';
import {
  BlobCollection,
  COLLECT_BLOBS,
  type CollectBlobsPayload,
  type CollectionReport,
  type Digest,
  parseDigest,
} from '@imgsrv/cas';
import { isReferenced } from '@imgsrv/catalog';
import { enqueueJob, type JobId } from '@imgsrv/jobs';
import type { Database } from '@imgsrv/platform';
import { insertVerifiedBlob } from './catalog-database.js';
import { runningJob } from './running-job.js';

const GRACE_MS = 7 * 24 * 3_600_000;
const ALL: CollectBlobsPayload = { isRequested: true, dryRun: false };

/** A job of the kind in the queue. */
export function queueCollection(database: Database, payload: CollectBlobsPayload = ALL): Promise<JobId> {
  return database.transaction((tx) => enqueueJob(tx, COLLECT_BLOBS, payload, { singletonKey: randomUUID() }));
}

/** Runs one collection to its end, or, with `options.job`, goes on with one. */
export async function collect(
  database: Database,
  payload: Partial<CollectBlobsPayload> = {},
  graceMs = GRACE_MS,
): Promise<CollectionReport | undefined> {
  const whole = { ...ALL, ...payload };
  const job = runningJob(database, await queueCollection(database, whole), whole);
  return new BlobCollection({ isReferenced, graceMs }, () => undefined).run(job);
}

/** A blob that nothing refers to and whose grace is over. */
export async function dueBlob(database: Database): Promise<{ digest: Digest; sizeBytes: number }> {
  const { digest, sizeBytes } = await insertVerifiedBlob(database);
  await database.rows(
    `INSERT INTO collection_candidates (digest, since, review_after)
     VALUES ($1, now() - interval '8 days', now() - interval '1 day')`,
    [digest],
  );
  return { digest: parseDigest(digest), sizeBytes };
}

export async function isBlob(database: Database, digest: string): Promise<boolean> {
  return (await database.rows('SELECT FROM blobs WHERE digest = $1', [digest])).length > 0;
}

/** How long the grace of a candidate still lasts; undefined for what is none. */
export async function graceLeftMs(database: Database, digest: string): Promise<number | undefined> {
  const [row] = await database.rows<{ left_ms: number }>(
    `SELECT (extract(epoch FROM review_after - now()) * 1000)::float8 AS left_ms FROM collection_candidates
      WHERE digest = $1`,
    [digest],
  );
  return row?.left_ms;
}

/** Keys of the objects that a job is queued for to remove. */
export async function discardedKeys(database: Database): Promise<string[]> {
  const rows = await database.rows<{ key: string }>(
    `SELECT payload ->> 'storageKey' AS key FROM jobs WHERE kind = 'discard_object' AND state = 'queued'`,
  );
  return rows.map(({ key }) => key);
}
