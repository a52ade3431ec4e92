import type { Readable } from 'node:stream';
import type { ChangeRecorder, Database } from '@imgsrv/platform';
import type { BlobInspection } from '../blobs/blob.js';
import { findBlob, keepBlob } from '../blobs/blob.repository.js';
import type { Digest } from '../digest.js';
import { discardObject } from '../discard/discard-object.js';
import { newGenerationKey } from '../object-keys.js';
import type { ObjectStore } from '../object-store/object-store.js';
import { keepRoomForUpload } from '../quotas/room-for-upload.js';
import { giveUpWhole } from './give-up-whole.js';
import type { HeaderInspector } from './header-inspector.js';
import { BlobSizeConflictError, UploadStateError, UploadTooLargeError } from './upload.errors.js';
import { storeWhole } from './store-whole.js';
import { admitWholeUpload, insertSession } from './upload.repository.js';
import type { NewUpload, UploadObject, UploadSession } from './upload-session.js';
import { recordBegin, uploadResource } from './upload-changes.js';
import type { UploadLimits } from './uploads.js';

export interface WholeUpload extends Pick<NewUpload, 'expectedDigest' | 'expectedSizeBytes' | 'createdBy'> {
  /** Whether the uploader sees the verified blob of a digest, if there is one. */
  readonly isVisible: (digest: Digest) => Promise<boolean>;
  /** Called when the bytes are wanted, and not before. */
  readonly body: () => Readable;
  readonly signal: AbortSignal;
}

/** Uploads of one request: the bytes are hashed on their way to the store, and are a blob when it is answered. */
export class WholeUploads {
  private readonly unfinished = new Set<Promise<void>>();

  constructor(
    private readonly database: Database,
    private readonly store: ObjectStore,
    private readonly limits: UploadLimits,
    private readonly inspector: HeaderInspector,
    private readonly changes: ChangeRecorder,
  ) {}

  /**
   * Stores the bytes of a digest. False, without a look at them, when they are here and the uploader sees the blob; to one
   * who does not it must not be given away. An upload session is there before the first byte and is over at the end, so that
   * whatever is cut off is removed. Throws before the body is asked for UploadTooLargeError, BlobSizeConflictError,
   * OpenUploadLimitError and QuotaExceededError; DigestMismatchError and TruncatedBodyError for what came, of which nothing
   * stays; UploadStateError when the upload was aborted or expired meanwhile.
   */
  async put(upload: WholeUpload): Promise<boolean> {
    const { expectedSizeBytes } = upload;
    if (expectedSizeBytes > this.limits.maxSizeBytes) {
      throw new UploadTooLargeError(this.limits.maxSizeBytes);
    }
    if (await this.isKnown(upload)) {
      return false;
    }
    const finishing = this.finish(upload, await this.begin(upload));
    this.unfinished.add(finishing);
    await finishing.finally(() => this.unfinished.delete(finishing));
    return true;
  }

  /** Resolves when every upload that has begun is over, however it ends: one that was cut off has been given up then. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.unfinished);
  }

  private async finish(upload: WholeUpload, { session, object }: Begun): Promise<void> {
    try {
      await this.admit(session, await this.receive(upload, object));
    } catch (error) {
      // When even that fails the upload expires.
      await this.giveUp(session, object).catch(() => undefined);
      throw error;
    }
  }

  private async isKnown({ expectedDigest, expectedSizeBytes, isVisible }: WholeUpload): Promise<boolean> {
    // Both are asked whatever the other says, so that the time it takes does not tell what is known.
    const found = await findBlob(this.database, expectedDigest);
    if (!(await isVisible(expectedDigest)) || found === undefined) {
      return false;
    }
    if (found.sizeBytes !== expectedSizeBytes) {
      throw new BlobSizeConflictError();
    }
    const kept = await this.database.transaction((tx) => keepBlob(tx, expectedDigest));
    return kept !== undefined && kept.damage === undefined;
  }

  private async begin(upload: WholeUpload): Promise<Begun> {
    const { expectedDigest, expectedSizeBytes, createdBy } = upload;
    const wanted = { principalId: createdBy, sizeBytes: expectedSizeBytes };
    const object = { storageKey: newGenerationKey(expectedDigest) };
    const session = await this.database.transaction(async (tx) => {
      await keepRoomForUpload(tx, wanted, this.limits.quota);
      const announced = { expectedDigest, expectedSizeBytes, createdBy };
      const inserted = await insertSession(tx, announced, this.limits.ttlMs, { state: 'created', object });
      await recordBegin(tx, this.changes, inserted);
      return inserted;
    });
    return { session, object };
  }

  private receive(
    { expectedDigest: digest, expectedSizeBytes: sizeBytes, body, signal }: WholeUpload,
    { storageKey: key }: UploadObject,
  ): Promise<BlobInspection> {
    const options = { inspector: this.inspector, signal };
    return storeWhole(this.store, { key, digest, sizeBytes }, body(), options);
  }

  private async admit(session: UploadSession, inspection: BlobInspection): Promise<void> {
    await this.database.transaction(async (tx) => {
      const admitted = await admitWholeUpload(tx, session.id, inspection);
      if (admitted === undefined) {
        throw new UploadStateError('The upload was aborted or has expired meanwhile.', 'aborted');
      }
      if (admitted.surplus !== undefined) {
        await discardObject(tx, admitted.surplus, session.createdBy);
      }
      await this.changes.record(tx, {
        action: 'upload.complete',
        resource: uploadResource(session.id),
        before: { state: session.state },
        after: { state: 'ready' },
      });
    });
  }

  private async giveUp(session: UploadSession, object: UploadObject): Promise<void> {
    await this.database.transaction(async (tx) => {
      const from = await giveUpWhole(tx, session, object);
      if (from !== undefined) {
        await this.changes.record(tx, {
          action: 'upload.abort',
          resource: uploadResource(session.id),
          before: { state: from },
          after: { state: 'aborted' },
        });
      }
    });
  }
}

interface Begun {
  readonly session: UploadSession;
  readonly object: UploadObject;
}
