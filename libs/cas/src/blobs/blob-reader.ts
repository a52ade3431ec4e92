import type { Readable } from 'node:stream';
import type { Database } from '@imgsrv/platform';
import type { Digest } from '../digest.js';
import type { ByteRange, ObjectStore } from '../object-store/object-store.js';
import type { Blob } from './blob.js';
import { BlobNotFoundError } from './blob.errors.js';
import { findBlob } from './blob.repository.js';

/** Finds and opens verified blobs. Bytes without a row in `blobs` do not exist for it. */
export class BlobReader {
  constructor(
    private readonly database: Database,
    private readonly store: ObjectStore,
  ) {}

  async find(digest: Digest): Promise<Blob | undefined> {
    return findBlob(this.database, digest);
  }

  /** The bytes of a blob, or a range of them. The stream fails when the store gives fewer than promised. */
  async openBlob(blob: Blob, options?: { range?: ByteRange; signal?: AbortSignal }): Promise<Readable> {
    const { body } = await this.store.openRead(blob.storageKey, options);
    return body;
  }

  /** As `openBlob`, by digest; rejects with BlobNotFoundError for a digest that is not verified. */
  async open(digest: Digest, options?: { signal?: AbortSignal }): Promise<Readable> {
    const blob = await this.find(digest);
    if (blob === undefined) {
      throw new BlobNotFoundError();
    }
    return this.openBlob(blob, options);
  }
}
