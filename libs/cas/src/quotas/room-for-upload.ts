import { type Connection, lockName, type Transaction } from '@imgsrv/platform';
import { OpenUploadLimitError } from '../uploads/upload.errors.js';
import type { Quota } from './quota.js';
import { QuotaExceededError } from './quota.errors.js';
import { readQuota } from './quota.repository.js';

export interface WantedRoom {
  readonly principalId: string;
  readonly sizeBytes: number;
}

/**
 * The one place that decides whether a principal may begin one more upload, of this size; `fallback` goes for principals
 * without a quota of their own. Throws OpenUploadLimitError and QuotaExceededError.
 */
export async function requireRoomForUpload(
  connection: Connection,
  { principalId, sizeBytes }: WantedRoom,
  fallback: Quota,
): Promise<void> {
  const { quota, used } = await readQuota(connection, principalId, fallback);
  if (quota.openUploads !== undefined && used.openUploads >= quota.openUploads) {
    throw new OpenUploadLimitError(used.openUploads, quota.openUploads);
  }
  if (quota.storedBytes !== undefined && used.storedBytes + sizeBytes > quota.storedBytes) {
    throw new QuotaExceededError(used.storedBytes, quota.storedBytes, sizeBytes);
  }
}

/** As `requireRoomForUpload`, and true until the transaction ends. */
export async function keepRoomForUpload(tx: Transaction, wanted: WantedRoom, fallback: Quota): Promise<void> {
  await lockHoldings(tx, wanted.principalId);
  await requireRoomForUpload(tx, wanted, fallback);
}

/** Until the transaction ends the principal begins no upload, and nobody changes its quota: what it holds does not grow. */
export async function lockHoldings(tx: Transaction, principalId: string): Promise<void> {
  await lockName(tx, 'open-uploads', principalId);
}
