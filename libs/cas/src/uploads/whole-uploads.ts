import type { Readable } from 'node:stream';
import { type ChangeRecorder, type Database, DependencyUnavailableError } from '@imgsrv/platform';
import { findBlob, keepBlob } from '../blobs/blob.repository.js';
import { type Digest, digestOfHex, hexOf } from '../digest.js';
import { discardObject } from '../discard/discard-object.js';
import { newGenerationKey } from '../object-keys.js';
import { hashObject } from '../object-store/hash-object.js';
import type { ObjectStore } from '../object-store/object-store.js';
import { keepRoomForUpload, requireRoomForUpload } from '../quotas/room-for-upload.js';
import { checkBody } from './body-check.js';
import { HeadBytes, type HeaderInspector } from './header-inspector.js';
import {
  BlobSizeConflictError,
  DigestMismatchError,
  UploadStateError,
  UploadTooLargeError,
} from './upload.errors.js';
import { admitWholeUpload, insertSession, lockSession, moveSession } from './upload.repository.js';
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
    const { session, object } = await this.begin(upload);
    try {
      const head = await this.receive(upload, object);
      await this.admit(session, this.inspector.inspect(head, expectedSizeBytes));
    } catch (error) {
      // When even that fails the upload expires.
      await this.giveUp(session, object).catch(() => undefined);
      throw error;
    }
    return true;
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
    await requireRoomForUpload(this.database, wanted, this.limits.quota);
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

  /** Stores the bytes, all of which were hashed, and gives the first of them. */
  private async receive(upload: WholeUpload, { storageKey: key }: UploadObject): Promise<Buffer> {
    const { expectedDigest: digest, expectedSizeBytes: sizeBytes, signal } = upload;
    const head = new HeadBytes(this.inspector.headerBytes);
    const rules = {
      announced: [{ algorithm: 'sha256' as const, value: Buffer.from(hexOf(digest), 'hex') }],
      onChunk: (chunk: Buffer) => {
        head.add(chunk);
      },
      mismatch: () => new DigestMismatchError(),
    };
    const { isCompared } = await checkBody(rules, upload.body(), (checked) =>
      this.store.putObject({ key, sizeBytes, digest }, checked, signal),
    );
    if (!isCompared) {
      await this.compare(key, digest, signal);
    }
    return head.bytes();
  }

  /** What a store keeps that compares nothing itself is read again, and once more when it looks wrong. */
  private async compare(key: string, digest: Digest, signal: AbortSignal): Promise<void> {
    for (let reading = 0; reading < 2; reading += 1) {
      const stored = await hashObject(this.store, key, signal, () => undefined);
      if (stored !== undefined && digestOfHex(stored.digestHex) === digest) {
        return;
      }
    }
    throw new DependencyUnavailableError('object-store', { reason: 'kept other bytes than it was sent' });
  }

  private async admit(
    session: UploadSession,
    inspection: ReturnType<HeaderInspector['inspect']>,
  ): Promise<void> {
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

  /** An upload that was ended meanwhile was discarded before all of it was stored. One that is `ready` after all stays. */
  private async giveUp({ id, createdBy }: UploadSession, object: UploadObject): Promise<void> {
    await this.database.transaction(async (tx) => {
      const now = await lockSession(tx, id);
      if (now?.state !== 'created' && now?.state !== 'aborted') {
        return;
      }
      await discardObject(tx, object, createdBy);
      if ((await moveSession(tx, id, ['created'], 'aborted')) !== undefined) {
        await this.changes.record(tx, {
          action: 'upload.abort',
          resource: uploadResource(id),
          before: { state: now.state },
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
