import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Database } from '@imgsrv/platform';
import { keepBlob } from '../blobs/blob.repository.js';
import { type Digest, digestOfHex } from '../digest.js';
import { discardObject } from '../discard/discard-object.js';
import { newGenerationKey } from '../object-keys.js';
import type { ObjectStore } from '../object-store/object-store.js';
import type { Quota } from '../quotas/quota.js';
import { keepRoomForUpload } from '../quotas/room-for-upload.js';
import { giveUpWhole } from './give-up-whole.js';
import type { HeaderInspector } from './header-inspector.js';
import { storeWhole } from './store-whole.js';
import { UploadStateError } from './upload.errors.js';
import { admitWholeUpload, insertSession } from './upload.repository.js';
import type { UploadObject, UploadSession } from './upload-session.js';

/** Longer than any few bytes take, and than others take at the rate below. What a crash leaves is removed then. */
const TTL_MS = 3_600_000;
const MIN_BYTES_PER_MS = 2 ** 20 / 1000;

/** Bytes that imgsrv has made. */
export interface MadeContent {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** Called once at most, when the bytes are wanted. */
  readonly body: () => Readable;
}

export interface KeepOptions {
  readonly signal: AbortSignal;
  /** What goes for principals without a quota of their own. Absent: no quota refuses the bytes. */
  readonly quota?: Quota;
}

/** Blobs of bytes that imgsrv makes itself. */
export class MadeBlobs {
  constructor(
    private readonly database: Database,
    private readonly store: ObjectStore,
    private readonly inspector: HeaderInspector,
  ) {}

  /** As `keepContent`, for few bytes, which no quota refuses. Gives their digest. */
  async keep(bytes: Buffer, owner: string, signal: AbortSignal): Promise<Digest> {
    const digest = digestOfHex(createHash('sha256').update(bytes).digest('hex'));
    const content = { digest, sizeBytes: bytes.length, body: () => Readable.from([bytes]) };
    await this.keepContent(content, owner, { signal });
    return digest;
  }

  /**
   * Stores the bytes, unless they are here. They count for `owner`, a principal, as if it had uploaded them. The blob is kept
   * for the grace of collections: refer to it in time. Cut off anywhere it leaves an upload that expires. Safe to repeat.
   * Throws QuotaExceededError and OpenUploadLimitError where a quota is given.
   */
  async keepContent(content: MadeContent, owner: string, { signal, quota }: KeepOptions): Promise<void> {
    const { digest, sizeBytes } = content;
    const known = await this.database.transaction((tx) => keepBlob(tx, digest));
    if (known !== undefined && known.damage === undefined) {
      return;
    }
    const object = { storageKey: newGenerationKey(digest) };
    const announced = { expectedDigest: digest, expectedSizeBytes: sizeBytes, createdBy: owner };
    const session = await this.database.transaction(async (tx) => {
      if (quota !== undefined) {
        await keepRoomForUpload(tx, { principalId: owner, sizeBytes }, quota);
      }
      const ttlMs = TTL_MS + sizeBytes / MIN_BYTES_PER_MS;
      return insertSession(tx, announced, ttlMs, { state: 'created', object });
    });
    try {
      await this.storeAndAdmit(session, object, content, signal);
    } catch (error) {
      // When even that fails the upload expires.
      await this.database.transaction((tx) => giveUpWhole(tx, session, object)).catch(() => undefined);
      throw error;
    }
  }

  private async storeAndAdmit(
    { id, createdBy }: UploadSession,
    { storageKey: key }: UploadObject,
    { digest, sizeBytes, body }: MadeContent,
    signal: AbortSignal,
  ): Promise<void> {
    const options = { inspector: this.inspector, signal };
    const inspection = await storeWhole(this.store, { key, digest, sizeBytes }, body(), options);
    await this.database.transaction(async (tx) => {
      const admitted = await admitWholeUpload(tx, id, inspection);
      if (admitted === undefined) {
        throw new UploadStateError('The upload has expired meanwhile.', 'aborted');
      }
      if (admitted.surplus !== undefined) {
        await discardObject(tx, admitted.surplus, createdBy);
      }
    });
  }
}
