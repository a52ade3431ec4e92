import type { StorageUsage, StoredAmount } from '@imgsrv/cas';

export class StoredAmountResponse {
  count: number;
  size_bytes: number;
}

export class BlobStatesResponse {
  /** Something refers to them, or no collection has looked at them since nothing does. */
  available: StoredAmountResponse;
  /** Nothing refers to them. */
  candidate: StoredAmountResponse;
  /** Collected; their objects are still to be removed from the store. */
  deleting: StoredAmountResponse;
}

export class StorageUsageResponse {
  states: BlobStatesResponse;
  /** Those of the candidates whose grace is over: the next collection removes them. */
  reclaimable: StoredAmountResponse;
  /** When the grace of the next of the other candidates is over; absent without one. */
  next_review_at?: string;
  /** Objects and unfinished multipart uploads in the store that nothing here knows. */
  stray_objects: number;
}

export function toStorageUsageResponse(usage: StorageUsage): StorageUsageResponse {
  return {
    states: {
      available: toAmount(usage.available),
      candidate: toAmount(usage.candidate),
      deleting: toAmount(usage.deleting),
    },
    reclaimable: toAmount(usage.reclaimable),
    ...(usage.nextReviewAt === undefined ? {} : { next_review_at: usage.nextReviewAt.toISOString() }),
    stray_objects: usage.strayObjects,
  };
}

function toAmount({ count, sizeBytes }: StoredAmount): StoredAmountResponse {
  return { count, size_bytes: sizeBytes };
}
