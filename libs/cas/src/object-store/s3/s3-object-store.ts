import type { Readable } from 'node:stream';
import { DeleteObjectCommand, HeadObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
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
  PutObject,
  PutPart,
  StoredPart,
} from '../object-store.js';
import { requireBucket } from './bucket-check.js';
import { KeyRotation } from './key-rotation.js';
import { createS3Clients, destroyClients, type S3Clients } from './s3-clients.js';
import { answeredError, requireAnswered, storeUnavailable } from './s3-errors.js';
import { S3MultipartUploads } from './s3-multipart-uploads.js';
import { openS3Object } from './s3-object-read.js';
import { sendObject } from './s3-put-object.js';
import { probeSignedDigest } from './signed-digest-probe.js';
import {
  DEFAULT_S3_TIMEOUTS,
  type FollowedKeys,
  type S3StoreSettings,
  type S3Timeouts,
} from './s3-settings.js';

/**
 * An `ObjectStore` in a bucket that exists. Opens no connection before the first call. Keys that change are used from the
 * next call on when they are followed; what is under way goes on with the old ones. README.md beside it.
 */
export function createS3ObjectStore(
  settings: S3StoreSettings,
  timeouts: Partial<S3Timeouts> = {},
  keys?: FollowedKeys,
): ObjectStore {
  return new S3ObjectStore(settings, { ...DEFAULT_S3_TIMEOUTS, ...timeouts }, keys);
}

class S3ObjectStore implements ObjectStore {
  readonly #bucket: string;
  readonly #clients: S3Clients;
  readonly #timeouts: S3Timeouts;
  readonly #uploads: S3MultipartUploads;
  readonly #rotation: KeyRotation | undefined;
  #compares: Promise<boolean> | undefined;

  constructor(settings: S3StoreSettings, timeouts: S3Timeouts, keys: FollowedKeys | undefined) {
    this.#bucket = settings.bucket;
    this.#timeouts = timeouts;
    this.#clients = createS3Clients(settings, timeouts);
    this.#uploads = new S3MultipartUploads(this.#bucket, this.#clients, timeouts, (key) => this.head(key));
    this.#rotation = keys && new KeyRotation(settings, timeouts, keys, this.#clients);
  }

  createMultipartUpload(key: string): Promise<MultipartUploadId> {
    return this.#uploads.create(key);
  }

  putPart(part: PutPart, body: Readable, signal?: AbortSignal): Promise<StoredPart> {
    return this.#uploads.putPart(part, body, signal);
  }

  async putObject(
    object: PutObject,
    body: Readable,
    signal?: AbortSignal,
  ): Promise<{ readonly isCompared: boolean }> {
    const { writes: client } = this.#clients;
    const target = { client, bucket: this.#bucket, stallMs: this.#timeouts.stallMs };
    try {
      const isCompared = await this.#comparesDigests();
      await sendObject(target, object, body, signal);
      return { isCompared };
    } finally {
      body.destroy();
    }
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
    const { reads: client, plainReads: plain } = this.#clients;
    const { stallMs } = this.#timeouts;
    const { range, signal } = options ?? {};
    return openS3Object({ client, plain, bucket: this.#bucket, key, range, signal, stallMs });
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
    this.#rotation?.close();
    destroyClients(this.#clients);
    return Promise.resolve();
  }

  /** Asked once, with the keys of now; again when the store could not tell. */
  #comparesDigests(): Promise<boolean> {
    const { calls } = this.#clients;
    this.#compares ??= probeSignedDigest(calls, this.#bucket, this.#timeouts.callMs).catch(
      (error: unknown) => {
        this.#compares = undefined;
        throw error;
      },
    );
    return this.#compares;
  }

  #requireBucket(timeoutMs: number): Promise<void> {
    return requireBucket({ client: this.#clients.calls, bucket: this.#bucket, timeoutMs });
  }
}
