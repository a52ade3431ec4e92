import type { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import type {
  ByteRange,
  CompletedPart,
  DiscardedPart,
  ListedMultipartUpload,
  ListedObject,
  MultipartUploadId,
  ObjectHead,
  ObjectRead,
  ObjectStore,
  PutPart,
  StoredPart,
} from '../object-store.js';
import { createS3Clients, type S3Clients } from './s3-clients.js';
import { answeredError, requireAnswered, storeUnavailable } from './s3-errors.js';
import { S3MultipartUploads } from './s3-multipart-uploads.js';
import { openS3Object } from './s3-object-read.js';
import { DEFAULT_S3_TIMEOUTS, type S3StoreSettings, type S3Timeouts } from './s3-settings.js';

/** An `ObjectStore` in a bucket that exists. Opens no connection before the first call. README.md beside it. */
export function createS3ObjectStore(
  settings: S3StoreSettings,
  timeouts: Partial<S3Timeouts> = {},
): ObjectStore {
  return new S3ObjectStore(settings, { ...DEFAULT_S3_TIMEOUTS, ...timeouts });
}

class S3ObjectStore implements ObjectStore {
  readonly #bucket: string;
  readonly #clients: S3Clients;
  readonly #timeouts: S3Timeouts;
  readonly #uploads: S3MultipartUploads;

  constructor(settings: S3StoreSettings, timeouts: S3Timeouts) {
    this.#bucket = settings.bucket;
    this.#timeouts = timeouts;
    this.#clients = createS3Clients(settings, timeouts);
    this.#uploads = new S3MultipartUploads(this.#bucket, this.#clients, timeouts, (key) => this.head(key));
  }

  createMultipartUpload(key: string): Promise<MultipartUploadId> {
    return this.#uploads.create(key);
  }

  putPart(part: PutPart, body: Readable, signal?: AbortSignal): Promise<StoredPart> {
    return this.#uploads.putPart(part, body, signal);
  }

  discardPart(part: DiscardedPart): Promise<void> {
    return this.#uploads.discardPart(part);
  }

  completeMultipartUpload(
    key: string,
    uploadId: MultipartUploadId,
    parts: readonly CompletedPart[],
  ): Promise<void> {
    return this.#uploads.complete(key, uploadId, parts);
  }

  abortMultipartUpload(key: string, uploadId: MultipartUploadId): Promise<void> {
    return this.#uploads.abort(key, uploadId);
  }

  listMultipartUploads(prefix: string): AsyncIterable<ListedMultipartUpload> {
    return this.#uploads.list(prefix);
  }

  async head(key: string): Promise<ObjectHead | undefined> {
    const { callMs } = this.#timeouts;
    const command = new HeadObjectCommand({ Bucket: this.#bucket, Key: key });
    try {
      const answer = await this.#clients.calls.send(command, { abortSignal: AbortSignal.timeout(callMs) });
      return { sizeBytes: requireAnswered(answer.ContentLength) };
    } catch (error) {
      if (answeredError(error) !== 'NotFound') throw storeUnavailable(error);
    }
    // The answer to HEAD has no body that would tell a missing key from a missing bucket.
    await this.#requireBucket(callMs);
    return undefined;
  }

  openRead(key: string, options?: { range?: ByteRange; signal?: AbortSignal }): Promise<ObjectRead> {
    const client = this.#clients.reads;
    const { stallMs } = this.#timeouts;
    const { range, signal } = options ?? {};
    return openS3Object({ client, bucket: this.#bucket, key, range, signal, stallMs });
  }

  async delete(key: string): Promise<void> {
    const command = new DeleteObjectCommand({ Bucket: this.#bucket, Key: key });
    try {
      const abortSignal = AbortSignal.timeout(this.#timeouts.callMs);
      await this.#clients.calls.send(command, { abortSignal });
    } catch (error) {
      if (answeredError(error) !== 'NoSuchKey') throw storeUnavailable(error);
    }
  }

  async *list(prefix: string): AsyncIterable<ListedObject> {
    const pages = paginateListObjectsV2(
      { client: this.#clients.calls },
      { Bucket: this.#bucket, Prefix: prefix },
    );
    try {
      for await (const page of pages) {
        for (const { Key, LastModified } of page.Contents ?? []) {
          yield { key: requireAnswered(Key), lastModified: requireAnswered(LastModified) };
        }
      }
    } catch (error) {
      throw storeUnavailable(error);
    }
  }

  check(): Promise<void> {
    return this.#requireBucket(this.#timeouts.checkMs);
  }

  close(): Promise<void> {
    this.#clients.calls.destroy();
    this.#clients.writes.destroy();
    this.#clients.reads.destroy();
    return Promise.resolve();
  }

  async #requireBucket(timeoutMs: number): Promise<void> {
    const command = new HeadBucketCommand({ Bucket: this.#bucket });
    try {
      await this.#clients.calls.send(command, { abortSignal: AbortSignal.timeout(timeoutMs) });
    } catch (error) {
      throw storeUnavailable(answeredError(error) === undefined ? error : await this.#nameRefusal(error));
    }
  }

  /** The answer to HEAD has no body with the code of the error; the one to a list has. */
  async #nameRefusal(refusal: unknown): Promise<unknown> {
    const command = new ListObjectsV2Command({ Bucket: this.#bucket, MaxKeys: 1 });
    try {
      await this.#clients.calls.send(command, { abortSignal: AbortSignal.timeout(this.#timeouts.checkMs) });
      return refusal;
    } catch (error) {
      return answeredError(error) === undefined ? refusal : error;
    }
  }
}
