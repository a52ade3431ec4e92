import { type Connection, lockName, type Transaction } from '@imgsrv/platform';
import { OpenUploadLimitError } from './upload.errors.js';
import { countOpenSessions } from './upload.repository.js';

/**
 * The one place that decides whether a principal may open one more upload: at most `allowed` at a time, 0 is no limit.
 * Throws OpenUploadLimitError.
 */
export async function requireRoomForUpload(
  connection: Connection,
  principalId: string,
  allowed: number,
): Promise<void> {
  if (allowed === 0) {
    return;
  }
  const used = await countOpenSessions(connection, principalId);
  if (used >= allowed) {
    throw new OpenUploadLimitError(used, allowed);
  }
}

/** As `requireRoomForUpload`, and true until the transaction ends: those of one principal wait for each other. */
export async function keepRoomForUpload(
  tx: Transaction,
  principalId: string,
  allowed: number,
): Promise<void> {
  await lockName(tx, 'open-uploads', principalId);
  await requireRoomForUpload(tx, principalId, allowed);
}
