import type { Connection, Transaction } from '@imgsrv/platform';
import type { AliasName, ImageId, VersionId, VersionName } from '../names/names.js';
import { MOST_PROMOTIONS_PER_IMAGE, type Promotion, type PromotionId } from './promotion.js';

const SELECT = `SELECT p.id, p.number, p.from_alias, p.to_alias, p.version_id, v.version, p.previous_version_id,
    b.version AS previous_version, p.reverts, r.id AS reverted_by, p.promoted_by, p.promoted_at
  FROM promotions p LEFT JOIN versions v ON v.id = p.version_id LEFT JOIN versions b ON b.id = p.previous_version_id
  LEFT JOIN promotions r ON r.reverts = p.id`;

interface PromotionRow {
  readonly id: PromotionId;
  readonly number: string;
  readonly from_alias: AliasName | null;
  readonly to_alias: AliasName;
  readonly version_id: VersionId | null;
  readonly version: VersionName | null;
  readonly previous_version_id: VersionId | null;
  readonly previous_version: VersionName | null;
  readonly reverts: PromotionId | null;
  readonly reverted_by: PromotionId | null;
  readonly promoted_by: string;
  readonly promoted_at: Date;
}

/** A move that was just made. */
export interface NewPromotion {
  readonly imageId: ImageId;
  readonly fromAlias?: AliasName;
  readonly toAlias: AliasName;
  readonly versionId?: VersionId;
  readonly previousVersionId?: VersionId;
  readonly reverts?: PromotionId;
  readonly promotedBy: string;
}

/** Keeps a move, and forgets what is too old of the image. To be called with the image locked. */
export async function insertPromotion(tx: Transaction, made: NewPromotion): Promise<PromotionId> {
  const [row] = await tx.rows<{ id: PromotionId }>(
    `INSERT INTO promotions (image_id, from_alias, to_alias, version_id, previous_version_id, reverts, promoted_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`,
    [
      made.imageId,
      made.fromAlias ?? null,
      made.toAlias,
      made.versionId ?? null,
      made.previousVersionId ?? null,
      made.reverts ?? null,
      made.promotedBy,
    ],
  );
  if (row === undefined) {
    throw new Error('an inserted promotion was not returned');
  }
  await tx.rows(
    `DELETE FROM promotions WHERE image_id = $1 AND number <= (
       SELECT number FROM promotions WHERE image_id = $1 ORDER BY number DESC OFFSET $2 LIMIT 1)`,
    [made.imageId, MOST_PROMOTIONS_PER_IMAGE],
  );
  return row.id;
}

export async function findPromotion(
  connection: Connection,
  imageId: ImageId,
  id: PromotionId,
): Promise<Promotion | undefined> {
  const [row] = await connection.rows<PromotionRow>(`${SELECT} WHERE p.image_id = $1 AND p.id = $2`, [
    imageId,
    id,
  ]);
  return row && toPromotion(row);
}

/** Newest first, those before `before`. */
export async function listPromotions(
  connection: Connection,
  imageId: ImageId,
  limit: number,
  before: string | undefined,
): Promise<{ readonly promotion: Promotion; readonly number: string }[]> {
  const rows = await connection.rows<PromotionRow>(
    `${SELECT} WHERE p.image_id = $1 AND ($2::bigint IS NULL OR p.number < $2) ORDER BY p.number DESC LIMIT $3`,
    [imageId, before ?? null, limit],
  );
  return rows.map((row) => ({ promotion: toPromotion(row), number: row.number }));
}

function toPromotion(row: PromotionRow): Promotion {
  const version = toVersion(row.version_id, row.version);
  const previousVersion = toVersion(row.previous_version_id, row.previous_version);
  return {
    id: row.id,
    ...(row.from_alias === null ? {} : { fromAlias: row.from_alias }),
    toAlias: row.to_alias,
    ...(version === undefined ? {} : { version }),
    ...(previousVersion === undefined ? {} : { previousVersion }),
    ...(row.reverts === null ? {} : { reverts: row.reverts }),
    ...(row.reverted_by === null ? {} : { revertedBy: row.reverted_by }),
    promotedBy: row.promoted_by,
    promotedAt: row.promoted_at,
  };
}

function toVersion(
  id: VersionId | null,
  name: VersionName | null,
): { readonly id: VersionId; readonly name: VersionName } | undefined {
  return id === null || name === null ? undefined : { id, name };
}
