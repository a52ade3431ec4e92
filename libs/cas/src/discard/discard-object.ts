import { enqueueJob, type JobKind, SHORT_RETENTION } from '@imgsrv/jobs';
import type { Transaction } from '@imgsrv/platform';
import type { MultipartUploadId, ObjectStore } from '../object-store/object-store.js';

/** An object, and the multipart upload that may still be open at its key, which no row refers to any more. */
export interface DiscardedObject {
  readonly storageKey: string;
  /** Absent when nobody knows one. */
  readonly multipartUploadId?: MultipartUploadId;
  /** Of a collected blob. */
  readonly sizeBytes?: number;
}

export const DISCARD_OBJECT: JobKind<DiscardedObject> = {
  name: 'discard_object',
  class: 'maintenance',
  maxAttempts: 20,
  steps: [],
  timeLimit: { baseMs: 600_000 },
  retention: SHORT_RETENTION,
  parsePayload: (stored) => {
    const { storageKey, multipartUploadId } = stored as Partial<DiscardedObject>;
    if (typeof storageKey !== 'string') {
      throw new Error('not a discarded object');
    }
    return { storageKey, ...(typeof multipartUploadId === 'string' ? { multipartUploadId } : {}) };
  },
};

/**
 * Hands bytes that no row refers to any more to the worker, in the transaction that made them so. The key is
 * never used again, so a removal that comes late can hurt nobody. `fairnessKey`: the principal whose bytes they are.
 */
export async function discardObject(
  tx: Transaction,
  { storageKey, multipartUploadId, sizeBytes }: DiscardedObject,
  fairnessKey: string,
): Promise<void> {
  await enqueueJob(tx, DISCARD_OBJECT, { storageKey, multipartUploadId, sizeBytes }, { fairnessKey });
}

/**
 * Removes discarded bytes; safe to repeat. The multipart upload is aborted before the object is deleted, so that
 * a complete that is still under way cannot bring it back.
 */
export async function removeDiscarded(store: ObjectStore, discarded: DiscardedObject): Promise<void> {
  if (discarded.multipartUploadId !== undefined) {
    await store.abortMultipartUpload(discarded.storageKey, discarded.multipartUploadId);
  }
  await store.delete(discarded.storageKey);
}
