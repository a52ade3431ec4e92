import type { Readable } from 'node:stream';
import { enqueueJob } from '@imgsrv/jobs';
import type { ChangeRecorder, Database, Transaction } from '@imgsrv/platform';
import { findBlob, keepBlob } from '../blobs/blob.repository.js';
import type { Digest } from '../digest.js';
import { discardObject } from '../discard/discard-object.js';
import { newGenerationKey } from '../object-keys.js';
import type { ObjectStore } from '../object-store/object-store.js';
import type { Quota } from '../quotas/quota.js';
import { keepRoomForUpload, requireRoomForUpload } from '../quotas/room-for-upload.js';
import { INGEST_BLOB } from './ingest.kind.js';
import { requireOpen, requireSession } from './open-session.js';
import { checkPartList } from './part-list.js';
import { type IncomingPart, receivePart } from './receive-part.js';
import { BlobSizeConflictError, UploadStateError, UploadTooLargeError } from './upload.errors.js';
import {
  findSession,
  type InitialSession,
  insertSession,
  listPending,
  lockSession,
  moveSession,
} from './upload.repository.js';
import { listParts } from './upload-part.repository.js';
import { recordBegin, uploadResource } from './upload-changes.js';
import {
  isOpen,
  type NewUpload,
  type UploadPart,
  type UploadSession,
  type UploadSessionId,
  type UploadTimes,
} from './upload-session.js';

export interface UploadLimits extends UploadTimes {
  readonly maxSizeBytes: number;
  /** For principals without a quota of their own. */
  readonly quota: Quota;
}

/**
 * Uploads from begin to complete. All state is in the database and the object store, so that any replica can go
 * on where another stopped.
 */
export class Uploads {
  constructor(
    private readonly database: Database,
    private readonly store: ObjectStore,
    private readonly limits: UploadLimits,
    private readonly changes: ChangeRecorder,
  ) {}

  /**
   * Begins an upload at the blob's final key. When the digest is verified already the session is `ready` at once
   * and `isNew` false, if the uploader sees the blob; to one who does not it must not be given away, and the bytes
   * have to be brought, as for a damaged blob, which they repair. The grace of a blob that nothing refers to begins anew.
   * Throws UploadTooLargeError, BlobSizeConflictError, OpenUploadLimitError and QuotaExceededError.
   */
  async begin(
    upload: NewUpload,
    isVisible: (digest: Digest) => Promise<boolean> = () => Promise.resolve(true),
  ): Promise<{ readonly session: UploadSession; readonly isNew: boolean }> {
    if (upload.expectedSizeBytes > this.limits.maxSizeBytes) {
      throw new UploadTooLargeError(this.limits.maxSizeBytes);
    }
    // Both are asked whatever the other says, so that the time it takes does not tell what is known.
    const found = await findBlob(this.database, upload.expectedDigest);
    const verified = (await isVisible(upload.expectedDigest)) ? found : undefined;
    if (verified !== undefined && verified.sizeBytes !== upload.expectedSizeBytes) {
      throw new BlobSizeConflictError();
    }
    const ready = verified === undefined ? undefined : await this.insertReady(upload);
    return { session: ready ?? (await this.create(upload)), isNew: ready === undefined };
  }

  /** Throws UploadNotFoundError. */
  async get(id: UploadSessionId): Promise<UploadSession> {
    return requireSession(await findSession(this.database, id));
  }

  /** Uploads that are not over, or failed lately, newest first; of all principals when none is named. */
  listPending(principalId: string | undefined, limit: number): Promise<UploadSession[]> {
    return listPending(this.database, principalId, limit);
  }

  /** What was received so far, in order of part numbers. */
  async parts(id: UploadSessionId): Promise<UploadPart[]> {
    await this.get(id);
    return listParts(this.database, id);
  }

  /** As `receivePart`. */
  putPart(
    id: UploadSessionId,
    part: IncomingPart,
    body: () => Readable,
    signal: AbortSignal,
  ): Promise<UploadPart> {
    return receivePart(this.database, this.store, this.limits, { id, part, body, signal });
  }

  /**
   * Assembles the object and queues its verification. Repeating it after success gives the session as it is now.
   * A crash between the store and the database is repaired by repeating the call.
   */
  async complete(id: UploadSessionId, named: readonly UploadPart[]): Promise<UploadSession> {
    const session = await this.get(id);
    if (hasBeenCompleted(session)) {
      return session;
    }
    const object = requireOpen(session);
    const parts = checkPartList(named, await listParts(this.database, id), session.expectedSizeBytes);
    await this.store.completeMultipartUpload(object.storageKey, object.multipartUploadId, parts);
    const completed = await this.database.transaction(async (tx) => {
      const moved = await moveSession(tx, id, ['created', 'uploading'], 'completed');
      if (moved !== undefined) {
        await enqueueJob(tx, INGEST_BLOB, { uploadId: id }, { fairnessKey: session.createdBy });
        await this.changes.record(tx, {
          action: 'upload.complete',
          resource: uploadResource(id),
          before: { state: session.state },
          after: { state: 'completed', parts: parts.length },
        });
      }
      return moved;
    });
    const now = completed ?? (await this.get(id));
    if (!hasBeenCompleted(now)) {
      throw new UploadStateError('The upload was aborted meanwhile.', now.state);
    }
    return now;
  }

  /** Gives an open upload up; its bytes are removed in the background. Idempotent. */
  async abort(id: UploadSessionId): Promise<UploadSession> {
    await this.database.transaction(async (tx) => {
      const session = requireSession(await lockSession(tx, id));
      if (session.state === 'aborted') {
        return;
      }
      if (!isOpen(session.state) || session.object === undefined) {
        throw new UploadStateError(
          `The upload is ${session.state} and cannot be aborted any more.`,
          session.state,
        );
      }
      await moveSession(tx, id, ['created', 'uploading'], 'aborted');
      await discardObject(tx, session.object, session.createdBy);
      await this.changes.record(tx, {
        action: 'upload.abort',
        resource: uploadResource(id),
        before: { state: session.state },
        after: { state: 'aborted' },
      });
    });
    return this.get(id);
  }

  private async create(upload: NewUpload): Promise<UploadSession> {
    // Once more below, where it counts: here it spares the store what would be refused.
    const wanted = { principalId: upload.createdBy, sizeBytes: upload.expectedSizeBytes };
    await requireRoomForUpload(this.database, wanted, this.limits.quota);
    const storageKey = newGenerationKey(upload.expectedDigest);
    const multipartUploadId = await this.store.createMultipartUpload(storageKey);
    const object = { storageKey, multipartUploadId };
    try {
      return await this.database.transaction(async (tx) => {
        await keepRoomForUpload(tx, wanted, this.limits.quota);
        return this.insert(tx, upload, { state: 'created', object });
      });
    } catch (error) {
      await this.store.abortMultipartUpload(storageKey, multipartUploadId).catch(() => undefined);
      throw error;
    }
  }

  /** Undefined when the blob has been collected meanwhile, or is damaged: then the bytes are wanted. */
  private insertReady(upload: NewUpload): Promise<UploadSession | undefined> {
    return this.database.transaction(async (tx) => {
      const blob = await keepBlob(tx, upload.expectedDigest);
      return blob === undefined || blob.damage !== undefined
        ? undefined
        : this.insert(tx, upload, { state: 'ready' });
    });
  }

  private async insert(tx: Transaction, upload: NewUpload, initial: InitialSession): Promise<UploadSession> {
    const session = await insertSession(tx, upload, this.limits.ttlMs, initial);
    await recordBegin(tx, this.changes, session);
    return session;
  }
}

function hasBeenCompleted(session: UploadSession): boolean {
  return session.state === 'completed' || session.state === 'ingesting' || session.state === 'ready';
}
