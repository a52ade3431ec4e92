import type { Readable } from 'node:stream';
import {
  type Database,
  decodeCursor,
  encodeCursor,
  type Page,
  type PageRequest,
  SharedLookup,
  toPage,
} from '@imgsrv/platform';
import { type Digest, DIGEST_PATTERN } from '../digest.js';
import { DamagedObjectError } from '../object-store/object-store.errors.js';
import type { ByteRange, ObjectStore } from '../object-store/object-store.js';
import { suspectBlob } from '../scrub/suspect-blob.js';
import type { Blob, BlobState } from './blob.js';
import { BlobDamagedError, BlobNotFoundError } from './blob.errors.js';
import { findBlobs, listBlobs } from './blob.repository.js';

/**
 * Finds and opens verified blobs. Bytes without a row in `blobs` do not exist for it, and of damaged ones it gives none. It looks
 * at each call, together with whoever asks at the same time, so what is collected or damaged counts at once.
 */
export class BlobReader {
  private readonly blobs: SharedLookup<Digest, Blob>;

  constructor(
    private readonly database: Database,
    private readonly store: ObjectStore,
  ) {
    this.blobs = new SharedLookup((digests) => database.use((connection) => findBlobs(connection, digests)));
  }

  /** Throws BlobDamagedError; of a lost blob a worker then looks whether its object was restored. */
  async find(digest: Digest): Promise<Blob | undefined> {
    const blob = await this.blobs.get(digest);
    if (blob?.damage !== undefined) {
      if (blob.damage.kind === 'lost') {
        await suspectBlob(this.database, digest);
      }
      throw new BlobDamagedError();
    }
    return blob;
  }

  /**
   * The bytes of a blob, or a range of them. The stream fails when the store gives fewer than promised; this rejects
   * with DamagedObjectError when the object has not the size of the blob.
   */
  async openBlob(blob: Blob, options?: { range?: ByteRange; signal?: AbortSignal }): Promise<Readable> {
    const { body, sizeBytes } = await this.openObject(blob, options);
    if (options?.range === undefined && sizeBytes !== blob.sizeBytes) {
      body.destroy();
      throw new DamagedObjectError(`The object has ${sizeBytes} bytes, its blob ${blob.sizeBytes}.`);
    }
    return body;
  }

  /** As `openBlob`, by digest; rejects with BlobNotFoundError for a digest that is not verified, and BlobDamagedError. */
  async open(digest: Digest, options?: { signal?: AbortSignal }): Promise<Readable> {
    const blob = await this.find(digest);
    if (blob === undefined) {
      throw new BlobNotFoundError();
    }
    return this.openBlob(blob, options);
  }

  /** Blobs in this state, or all, by digest. Throws InvalidCursorError. */
  async list(state: BlobState | undefined, page: PageRequest): Promise<Page<Blob>> {
    const [after] = decodeCursor(page.cursor, [DIGEST_PATTERN]);
    return toPage(
      await listBlobs(this.database, state, page.limit + 1, after),
      page.limit,
      (blob) => blob,
      ({ digest }) => encodeCursor([digest]),
    );
  }

  /** Has a worker read the blob now, because something was wrong with its bytes. Safe to repeat. */
  async suspect(blob: Blob): Promise<void> {
    await suspectBlob(this.database, blob.digest);
  }

  private async openObject(blob: Blob, options?: { range?: ByteRange; signal?: AbortSignal }) {
    try {
      return await this.store.openRead(blob.storageKey, options);
    } catch (error) {
      // The range lies inside the blob, so it is the object that is too short.
      throw error instanceof RangeError ? new DamagedObjectError('The object is too short.', error) : error;
    }
  }
}
