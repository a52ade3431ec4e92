import type { Connection, Transaction } from '@imgsrv/platform';
import type { ImageId, ImageName, VersionId, VersionName } from '../names/names.js';
import { hasPublished, isPublished } from '../visibility.js';
import {
  describeVerdict,
  type KeptBecause,
  type RetentionPolicy,
  type RetentionVerdict,
} from './retention-policy.js';

interface PolicyColumns {
  readonly keep_newest: number | null;
  readonly keep_younger_than_ms: string | null;
}

interface JudgedRow {
  readonly id: VersionId;
  readonly version: VersionName;
  readonly published_at: Date;
  readonly place: string;
  readonly kept_because: KeptBecause | null;
  readonly alias: string | null;
}

export interface JudgedVersion extends RetentionVerdict {
  readonly id: VersionId;
  /** Counts from 1, the newest published first. */
  readonly place: number;
}

/** What becomes of each published version of an image now: the one place that says so. $1 to $3: image and policy. */
const JUDGED = `
  SELECT r.*, CASE
      WHEN r.place <= $2::integer THEN 'newest'
      WHEN r.published_at > now() - make_interval(secs => $3::double precision / 1000) THEN 'younger'
      WHEN r.alias IS NOT NULL THEN 'aliased'
      WHEN r.place = 1 THEN 'last'
    END AS kept_because
  FROM (SELECT v.id, v.version, v.published_at,
          row_number() OVER (ORDER BY v.published_at DESC, v.created_at DESC, v.id DESC) AS place,
          (SELECT min(l.alias) FROM aliases l WHERE l.version_id = v.id) AS alias
        FROM versions v WHERE v.image_id = $1 AND ${isPublished('v')}) r`;

/** Those at the places after `after`, in their order. */
export async function judgeVersions(
  connection: Connection,
  imageId: ImageId,
  policy: RetentionPolicy,
  limit: number,
  after: number,
): Promise<JudgedVersion[]> {
  const rows = await connection.rows<JudgedRow>(
    `SELECT * FROM (${JUDGED}) j WHERE j.place > $4 ORDER BY j.place LIMIT $5`,
    [imageId, ...parametersOf(policy), after, limit],
  );
  return rows.map((row) => toJudged(policy, row));
}

/** Those that are to go, the oldest first. */
export async function listFallenOut(
  connection: Connection,
  imageId: ImageId,
  policy: RetentionPolicy,
  limit: number,
): Promise<JudgedVersion[]> {
  const rows = await connection.rows<JudgedRow>(
    `SELECT * FROM (${JUDGED}) j WHERE j.kept_because IS NULL ORDER BY j.place DESC LIMIT $4`,
    [imageId, ...parametersOf(policy), limit],
  );
  return rows.map((row) => toJudged(policy, row));
}

/** The policy of the image itself. */
export async function findPolicy(
  connection: Connection,
  imageId: ImageId,
): Promise<RetentionPolicy | undefined> {
  const [row] = await connection.rows<PolicyColumns>(
    'SELECT keep_newest, keep_younger_than_ms FROM retention_policies WHERE image_id = $1',
    [imageId],
  );
  return row && toPolicy(row);
}

export async function putPolicy(tx: Transaction, imageId: ImageId, policy: RetentionPolicy): Promise<void> {
  await tx.rows(
    `INSERT INTO retention_policies (image_id, keep_newest, keep_younger_than_ms) VALUES ($1, $2, $3)
     ON CONFLICT (image_id) DO UPDATE
       SET keep_newest = excluded.keep_newest, keep_younger_than_ms = excluded.keep_younger_than_ms`,
    [imageId, ...parametersOf(policy)],
  );
}

export async function deletePolicy(tx: Transaction, imageId: ImageId): Promise<void> {
  await tx.rows('DELETE FROM retention_policies WHERE image_id = $1', [imageId]);
}

/** Images with something published, by id, those after `after`; only those with a policy of their own unless all are wanted. */
export async function listRetainedImages(
  connection: Connection,
  withDefault: boolean,
  limit: number,
  after: ImageId | undefined,
): Promise<{ readonly id: ImageId; readonly name: ImageName }[]> {
  return connection.rows(
    `SELECT i.id, i.name FROM images i
      WHERE ($1::uuid IS NULL OR i.id > $1) AND ${hasPublished('i')}
        AND ($2 OR EXISTS (SELECT FROM retention_policies p WHERE p.image_id = i.id))
      ORDER BY i.id LIMIT $3`,
    [after ?? null, withDefault, limit],
  );
}

function parametersOf({ keepNewest, keepYoungerThanMs }: RetentionPolicy): (number | null)[] {
  return [keepNewest ?? null, keepYoungerThanMs ?? null];
}

function toPolicy({ keep_newest, keep_younger_than_ms }: PolicyColumns): RetentionPolicy {
  return {
    ...(keep_newest === null ? {} : { keepNewest: keep_newest }),
    ...(keep_younger_than_ms === null ? {} : { keepYoungerThanMs: Number(keep_younger_than_ms) }),
  };
}

function toJudged(policy: RetentionPolicy, row: JudgedRow): JudgedVersion {
  const keptBecause = row.kept_because ?? undefined;
  return {
    id: row.id,
    place: Number(row.place),
    version: row.version,
    publishedAt: row.published_at,
    isKept: keptBecause !== undefined,
    reason: describeVerdict(policy, keptBecause, row.alias ?? undefined),
  };
}
