import type { Transaction } from '@imgsrv/platform';
import { discardObject } from '../discard/discard-object.js';
import { lockSession, moveSession } from './upload.repository.js';
import type { UploadObject, UploadSession, UploadState } from './upload-session.js';

/**
 * Ends an upload of one request whose bytes are not all here or not wanted, and discards them. One that was ended meanwhile was
 * discarded before all of it was stored; one that is `ready` after all stays. Gives the state that it had if this ended it.
 */
export async function giveUpWhole(
  tx: Transaction,
  { id, createdBy }: UploadSession,
  object: UploadObject,
): Promise<UploadState | undefined> {
  const now = await lockSession(tx, id);
  if (now?.state !== 'created' && now?.state !== 'aborted') {
    return undefined;
  }
  await discardObject(tx, object, createdBy);
  const ended = await moveSession(tx, id, ['created'], 'aborted');
  return ended && now.state;
}
