import type { AliasName, VersionId, VersionName } from '../names/names.js';

export type PromotionId = string & { readonly __brand: 'PromotionId' };

/** An alias was let name what another one named, or was put back to where it was before that. */
export interface Promotion {
  readonly id: PromotionId;
  /** Absent for a revert. */
  readonly fromAlias?: AliasName;
  readonly toAlias: AliasName;
  /** Absent when a revert removed the alias, which had not been there before. */
  readonly version?: { readonly id: VersionId; readonly name: VersionName };
  /** Absent when the alias was new. */
  readonly previousVersion?: { readonly id: VersionId; readonly name: VersionName };
  /** Of a revert: what it took back. */
  readonly reverts?: PromotionId;
  /** What took this back. */
  readonly revertedBy?: PromotionId;
  readonly promotedBy: string;
  readonly promotedAt: Date;
}

/** Older ones of an image are forgotten; the audit log has them. */
export const MOST_PROMOTIONS_PER_IMAGE = 1000;

/** Brands an id from a validated path or a row. */
export function promotionId(validated: string): PromotionId {
  return validated as PromotionId;
}
