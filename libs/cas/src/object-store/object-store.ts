import type { Readable } from 'node:stream';
import type { Digest } from '../digest.js';

/**
 * Where the bytes are. A driver knows keys and bytes, nothing of blobs, uploads or images, and keeps no state
 * between calls: any replica may continue what another began. Keys are made by `object-keys.ts` alone.
 *
 * Every method rejects with `DependencyUnavailableError` when the store cannot be reached or answers that it is
 * overloaded, and with the errors of `object-store.errors.ts` where a method says so. All but `openRead` and
 * `putPart` are bounded in time by the driver.
 */
export interface ObjectStore {
  /** Begins a multipart upload whose result will be the object at `key`. Nothing is readable at `key` before complete. */
  createMultipartUpload(key: string): Promise<MultipartUploadId>;

  /**
   * Streams exactly `sizeBytes` of `body`, or all of it, as part `partNumber` (1-10000); sending a number again
   * replaces it. Memory is bounded and back-pressure reaches the source. The body is consumed or destroyed in every
   * case. The part is durable when this resolves. Rejects with `TruncatedBodyError` when the body ends early, fails or
   * is too long, with `PartLengthRequiredError` when a store that needs the size is not told it and the body is more
   * than the driver can keep, and with `NoSuchMultipartUploadError` when the upload is gone.
   */
  putPart(part: PutPart, body: Readable, signal?: AbortSignal): Promise<StoredPart>;

  /**
   * Streams exactly `sizeBytes` of `body` as the whole object at `key`, which nobody has used before. Memory is bounded and
   * back-pressure reaches the source. The body is consumed or destroyed in every case. The object is durable when this
   * resolves; when it rejects, it may be there all the same, whole. `isCompared`: the store itself has compared the bytes that
   * it keeps with the digest. Rejects with `TruncatedBodyError` when the body ends early, fails or is too long.
   */
  putObject(
    object: PutObject,
    body: Readable,
    signal?: AbortSignal,
  ): Promise<{ readonly isCompared: boolean }>;

  /**
   * Frees the bytes of a part that will never be named at completion, and leaves what was stored under its number
   * later. Resolves also when they are gone, with the upload or without.
   */
  discardPart(part: DiscardedPart): Promise<void>;

  /**
   * Assembles the parts, in ascending number order, into the object at `key`. Repeating it after success resolves.
   * Rejects with `PartMismatchError` when a part is absent or differs from the etag given, and with
   * `NoSuchMultipartUploadError` when the upload is gone and no object is at the key.
   */
  completeMultipartUpload(
    key: string,
    uploadId: MultipartUploadId,
    parts: readonly CompletedPart[],
  ): Promise<void>;

  /** Drops an unfinished upload with its parts. Resolves also when it is gone; never touches a completed object. */
  abortMultipartUpload(key: string, uploadId: MultipartUploadId): Promise<void>;

  /** What is at `key`, or undefined when nothing is. */
  head(key: string): Promise<ObjectHead | undefined>;

  /**
   * Opens the object, or `range` of it (inclusive byte positions inside the object). The stream fails, never just
   * ends, when fewer bytes arrive than promised; destroying it or aborting frees the connection at once.
   * Rejects with `NoSuchObjectError` when nothing is at the key.
   */
  openRead(key: string, options?: { range?: ByteRange; signal?: AbortSignal }): Promise<ObjectRead>;

  /** Removes the object. Resolves also when there is none. */
  delete(key: string): Promise<void>;

  /** Every object under a key prefix, in no promised order; for finding orphans. */
  list(prefix: string): AsyncIterable<ListedObject>;

  /** Every unfinished multipart upload under a key prefix; for finding orphans. */
  listMultipartUploads(prefix: string): AsyncIterable<ListedMultipartUpload>;

  /** Resolves when the store answers and the bucket or folder is usable. */
  check(): Promise<void>;

  /** Frees connections. The driver is not used after it. */
  close(): Promise<void>;
}

/** The driver's own name of a multipart upload, opaque to everyone else. */
export type MultipartUploadId = string & { readonly __brand: 'MultipartUploadId' };

export interface PutPart {
  readonly key: string;
  readonly uploadId: MultipartUploadId;
  readonly partNumber: number;
  /** Undefined when nobody knows it before the body ends. */
  readonly sizeBytes: number | undefined;
}

export interface PutObject {
  readonly key: string;
  readonly sizeBytes: number;
  /** Of the bytes that will come, as whoever sends them says. */
  readonly digest: Digest;
}

export interface StoredPart {
  readonly sizeBytes: number;
  /** Identifies the content of this part within its upload, without quotes; not an integrity check. */
  readonly etag: string;
}

export interface DiscardedPart {
  readonly key: string;
  readonly uploadId: MultipartUploadId;
  readonly partNumber: number;
  readonly etag: string;
}

export interface CompletedPart {
  readonly partNumber: number;
  readonly etag: string;
  readonly sizeBytes: number;
}

/** Inclusive byte positions, 0 ≤ start ≤ end < size. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface ObjectHead {
  readonly sizeBytes: number;
}

export interface ObjectRead {
  readonly sizeBytes: number;
  readonly body: Readable;
}

export interface ListedObject {
  readonly key: string;
  readonly lastModified: Date;
}

export interface ListedMultipartUpload {
  readonly key: string;
  readonly uploadId: MultipartUploadId;
  readonly initiatedAt: Date;
}
