import type { Promotion } from '@imgsrv/catalog';
import { IsAliasName } from './field-rules.js';

export class PromoteRequest {
  /**
   * What names the version now.
   * @example "testing"
   */
  @IsAliasName()
  from_alias: string;

  /**
   * What is to name it from now on.
   * @example "stable"
   */
  @IsAliasName()
  to_alias: string;
}

export class PromotionResponse {
  id: string;
  /** Absent for a revert. */
  from_alias?: string;
  to_alias: string;
  /** What `to_alias` named from then on; absent when a revert removed it. */
  version?: string;
  /** What it named before; absent when it was new. */
  previous_version?: string;
  /** Of a revert: the id of the promotion that it took back. */
  reverts?: string;
  /** Id of the promotion that took this one back. */
  reverted_by?: string;
  /** Id of the principal. */
  promoted_by: string;
  promoted_at: string;
}

export class PromotionListResponse {
  promotions: PromotionResponse[];
}

export function toPromotionResponse(promotion: Promotion): PromotionResponse {
  const { id, fromAlias, toAlias, version, previousVersion, reverts, revertedBy } = promotion;
  return {
    id,
    ...(fromAlias === undefined ? {} : { from_alias: fromAlias }),
    to_alias: toAlias,
    ...(version === undefined ? {} : { version: version.name }),
    ...(previousVersion === undefined ? {} : { previous_version: previousVersion.name }),
    ...(reverts === undefined ? {} : { reverts }),
    ...(revertedBy === undefined ? {} : { reverted_by: revertedBy }),
    promoted_by: promotion.promotedBy,
    promoted_at: promotion.promotedAt.toISOString(),
  };
}
