import {
  type EffectivePolicy,
  MAX_KEPT_NEWEST,
  type RetentionPolicy,
  type RetentionVerdict,
} from '@imgsrv/catalog';
import { formatDuration, parseDurationMs } from '@imgsrv/platform';
import { Equals, IsInt, Matches, Max, Min } from 'class-validator';
import { MayBeAbsent } from '../http/may-be-absent.js';

export class PutRetentionRequest {
  /**
   * So many of the versions that were published last are kept.
   * @example 5
   */
  @MayBeAbsent()
  @IsInt()
  @Min(1)
  @Max(MAX_KEPT_NEWEST)
  keep_newest?: number;

  /**
   * Versions published less than that ago are kept.
   * @example "90d"
   */
  @MayBeAbsent()
  @Matches(/^[1-9][0-9]{0,4}[smhd]$/, {
    message: '$property must be a duration such as 90d, 36h, 10m or 30s',
  })
  keep_younger_than?: string;

  /** Versions that an alias names are kept; there is no other way. */
  @MayBeAbsent()
  @Equals(true, { message: '$property can only be true: a version that an alias names is always kept' })
  keep_aliased?: boolean;
}

export class RetentionResponse {
  keep_newest?: number;
  keep_younger_than?: string;
  keep_aliased: boolean;
  /** Whether the image has this policy itself, or goes by the default of the service. */
  source: 'image' | 'default';
}

export class RetentionVerdictResponse {
  version: string;
  published_at: string;
  action: 'keep' | 'withdraw';
  reason: string;
}

export class RetentionPreviewResponse {
  versions: RetentionVerdictResponse[];
}

export function toRetentionPolicy(body: PutRetentionRequest): RetentionPolicy {
  const { keep_newest: keepNewest, keep_younger_than: youngerThan } = body;
  return {
    ...(keepNewest === undefined ? {} : { keepNewest }),
    ...(youngerThan === undefined ? {} : { keepYoungerThanMs: parseDurationMs(youngerThan) }),
  };
}

export function toRetentionResponse({ policy, source }: EffectivePolicy): RetentionResponse {
  const { keepNewest, keepYoungerThanMs } = policy;
  return {
    ...(keepNewest === undefined ? {} : { keep_newest: keepNewest }),
    ...(keepYoungerThanMs === undefined ? {} : { keep_younger_than: formatDuration(keepYoungerThanMs) }),
    keep_aliased: true,
    source,
  };
}

export function toVerdictResponse(verdict: RetentionVerdict): RetentionVerdictResponse {
  return {
    version: verdict.version,
    published_at: verdict.publishedAt.toISOString(),
    action: verdict.isKept ? 'keep' : 'withdraw',
    reason: verdict.reason,
  };
}
