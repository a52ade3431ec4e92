import type { Connection, Figure } from '@imgsrv/platform';
import { DISCARD_OBJECT } from './discard/discard-object.js';

export interface StoredAmount {
  readonly count: number;
  readonly sizeBytes: number;
}

/** What is stored, by what is going to become of it. */
export interface StorageUsage {
  /** Blobs that something refers to, or that no collection has looked at since nothing does. */
  readonly available: StoredAmount;
  /** Blobs that nothing refers to. */
  readonly candidate: StoredAmount;
  /** Collected blobs, no blobs any more, whose objects wait to be removed. */
  readonly deleting: StoredAmount;
  /** Those of the candidates that the next collection removes. */
  readonly reclaimable: StoredAmount;
  /** When the next of the other candidates is reclaimable. */
  readonly nextReviewAt?: Date;
  /** Objects and unfinished multipart uploads that no row knows. */
  readonly strayObjects: number;
}

/** Its cost grows with the number of blobs. */
export async function readStorageUsage(connection: Connection): Promise<StorageUsage> {
  const [blobs] = await connection.rows<AmountRow>(
    'SELECT count(*) AS count, COALESCE(sum(size_bytes), 0) AS bytes FROM blobs',
  );
  const candidates = await readCandidates(connection);
  const [deleting] = await connection.rows<AmountRow>(
    `SELECT count(*) AS count, COALESCE(sum((payload ->> 'sizeBytes')::bigint), 0) AS bytes
       FROM jobs WHERE kind = $1 AND state IN ('queued', 'running') AND payload ? 'sizeBytes'`,
    [DISCARD_OBJECT.name],
  );
  const [strays] = await connection.rows<{ count: string }>('SELECT count(*) AS count FROM stray_objects');
  const { waiting, due } = candidates;
  const all = toAmount(blobs);
  const candidate = { count: waiting.count + due.count, sizeBytes: waiting.sizeBytes + due.sizeBytes };
  return {
    available: { count: all.count - candidate.count, sizeBytes: all.sizeBytes - candidate.sizeBytes },
    candidate,
    deleting: toAmount(deleting),
    reclaimable: due,
    ...(candidates.nextReviewAt === null ? {} : { nextReviewAt: candidates.nextReviewAt }),
    strayObjects: Number(strays?.count),
  };
}

/** What waits to be collected, for the metrics. Its cost grows with the number of blobs that nothing refers to. */
export async function countCandidates(connection: Connection): Promise<Figure[]> {
  const { waiting, due, overdueSeconds } = await readCandidates(connection);
  const [strays] = await connection.rows<{ count: string }>('SELECT count(*) AS count FROM stray_objects');
  return [
    ...Object.entries({ waiting, due }).flatMap(([state, { count, sizeBytes }]) => [
      { figure: 'collection_candidates', labels: { state }, value: count },
      { figure: 'collection_candidate_bytes', labels: { state }, value: sizeBytes },
    ]),
    { figure: 'overdue_candidate_age', labels: {}, value: overdueSeconds },
    { figure: 'stray_objects', labels: {}, value: Number(strays?.count) },
  ];
}

interface Candidates {
  readonly waiting: StoredAmount;
  readonly due: StoredAmount;
  readonly nextReviewAt: Date | null;
  /** How long the first of those that are due has been. */
  readonly overdueSeconds: number;
}

async function readCandidates(connection: Connection): Promise<Candidates> {
  const rows = await connection.rows<CandidatesRow>(
    `SELECT c.review_after <= now() AS due, count(*) AS count, COALESCE(sum(b.size_bytes), 0) AS bytes,
            min(c.review_after) AS first, extract(epoch FROM now() - min(c.review_after))::float8 AS age_seconds
       FROM collection_candidates c JOIN blobs b ON b.digest = c.digest GROUP BY 1`,
  );
  const due = rows.find((row) => row.due);
  const waiting = rows.find((row) => !row.due);
  return {
    due: toAmount(due),
    waiting: toAmount(waiting),
    nextReviewAt: waiting?.first ?? null,
    overdueSeconds: due?.age_seconds ?? 0,
  };
}

function toAmount(row: AmountRow | undefined): StoredAmount {
  return { count: Number(row?.count ?? 0), sizeBytes: Number(row?.bytes ?? 0) };
}

interface AmountRow {
  readonly count: string;
  readonly bytes: string;
}

interface CandidatesRow extends AmountRow {
  readonly due: boolean;
  readonly first: Date;
  readonly age_seconds: number;
}
