import type { EffectiveQuota, Quota } from '@imgsrv/cas';
import { IsInt, Max, Min } from 'class-validator';
import { MayBeAbsent } from '../http/may-be-absent.js';

export class PutQuotaRequest {
  /**
   * Bytes of its uploads that are not over, as announced, and of the blobs that it has brought.
   * @example 1099511627776
   */
  @MayBeAbsent()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  stored_bytes?: number;

  /** @example 20 */
  @MayBeAbsent()
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  open_uploads?: number;
}

export class QuotaUseResponse {
  stored_bytes: number;
  open_uploads: number;
}

export class QuotaResponse {
  /** Absent: no limit. */
  stored_bytes?: number;
  /** Absent: no limit. */
  open_uploads?: number;
  /** Whether the principal has a quota of its own; what that leaves out goes by the default of the service. */
  source: 'principal' | 'default';
  used: QuotaUseResponse;
}

export function toQuota({ stored_bytes: storedBytes, open_uploads: openUploads }: PutQuotaRequest): Quota {
  return {
    ...(storedBytes === undefined ? {} : { storedBytes }),
    ...(openUploads === undefined ? {} : { openUploads }),
  };
}

export function toQuotaResponse({ quota, source, used }: EffectiveQuota): QuotaResponse {
  return {
    ...(quota.storedBytes === undefined ? {} : { stored_bytes: quota.storedBytes }),
    ...(quota.openUploads === undefined ? {} : { open_uploads: quota.openUploads }),
    source,
    used: { stored_bytes: used.storedBytes, open_uploads: used.openUploads },
  };
}
