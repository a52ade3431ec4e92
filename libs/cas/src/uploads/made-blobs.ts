import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Database } from '@imgsrv/platform';
import { keepBlob } from '../blobs/blob.repository.js';
import { type Digest, digestOfHex } from '../digest.js';
import { discardObject } from '../discard/discard-object.js';
import { newGenerationKey } from '../object-keys.js';
import type { ObjectStore } from '../object-store/object-store.js';
import { giveUpWhole } from './give-up-whole.js';
import type { HeaderInspector } from './header-inspector.js';
import { storeWhole } from './store-whole.js';
import { UploadStateError } from './upload.errors.js';
import { admitWholeUpload, insertSession } from './upload.repository.js';
import type { UploadObject, UploadSession } from './upload-session.js';

/** Longer than any few bytes take. What a crash leaves is removed then. */
const TTL_MS = 3_600_000;

/** Blobs of bytes that imgsrv makes itself: few, and in memory. */
export class MadeBlobs {
  constructor(
    private readonly database: Database,
    private readonly store: ObjectStore,
    private readonly inspector: HeaderInspector,
  ) {}

  /**
   * Stores the bytes, unless they are here, and gives their digest. They count for `owner`, a principal, as if it had uploaded
   * them; its quota does not refuse them. The blob is kept for the grace of collections: refer to it in time. Cut off anywhere
   * it leaves an upload that expires. Safe to repeat.
   */
  async keep(bytes: Buffer, owner: string, signal: AbortSignal): Promise<Digest> {
    const digest = digestOfHex(createHash('sha256').update(bytes).digest('hex'));
    const known = await this.database.transaction((tx) => keepBlob(tx, digest));
    if (known !== undefined && known.damage === undefined) {
      return digest;
    }
    const object = { storageKey: newGenerationKey(digest) };
    const announced = { expectedDigest: digest, expectedSizeBytes: bytes.length, createdBy: owner };
    const session = await this.database.transaction((tx) =>
      insertSession(tx, announced, TTL_MS, { state: 'created', object }),
    );
    try {
      await this.storeAndAdmit(session, object, bytes, signal);
    } catch (error) {
      // When even that fails the upload expires.
      await this.database.transaction((tx) => giveUpWhole(tx, session, object)).catch(() => undefined);
      throw error;
    }
    return digest;
  }

  private async storeAndAdmit(
    { id, expectedDigest: digest, createdBy }: UploadSession,
    { storageKey: key }: UploadObject,
    bytes: Buffer,
    signal: AbortSignal,
  ): Promise<void> {
    const object = { key, digest, sizeBytes: bytes.length };
    const options = { inspector: this.inspector, signal };
    const inspection = await storeWhole(this.store, object, Readable.from([bytes]), options);
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
