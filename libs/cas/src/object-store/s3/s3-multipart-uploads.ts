import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { PartMismatchError } from '../object-store.errors.js';
import type {
  CompletedPart,
  DiscardedPart,
  ListedMultipartUpload,
  MultipartUploadId,
  ObjectHead,
  PutPart,
  StoredPart,
} from '../object-store.js';
import { ExactBody } from '../exact-body.js';
import { requirePartInLimits } from '../part-limits.js';
import { BlockMemory, PartBlocks } from './part-blocks.js';
import type { S3Clients } from './s3-clients.js';
import {
  answeredError,
  isAboutParts,
  isBrokenConnection,
  requireAnswered,
  storeUnavailable,
  uploadLost,
} from './s3-errors.js';
import { sendPart, type SizedPart } from './s3-part.js';
import type { S3Timeouts } from './s3-settings.js';

/** How long a store may take to show what a complete has just made, before an upload counts as lost: so long, then so long. */
const SHOWS_LATE_MS = [0, 250, 1000];

/** The multipart half of the S3 `ObjectStore`. */
export class S3MultipartUploads {
  readonly #memory = new BlockMemory();

  constructor(
    private readonly bucket: string,
    private readonly clients: S3Clients,
    private readonly timeouts: S3Timeouts,
    private readonly head: (key: string) => Promise<ObjectHead | undefined>,
  ) {}

  async create(key: string): Promise<MultipartUploadId> {
    const command = new CreateMultipartUploadCommand({
      Bucket: this.bucket,
      Key: key,
      ContentType: 'application/octet-stream',
    });
    try {
      const answer = await this.clients.calls.send(command, this.#bounded());
      return requireAnswered(answer.UploadId) as MultipartUploadId;
    } catch (error) {
      throw storeUnavailable(error);
    }
  }

  async putPart(part: PutPart, body: Readable, signal?: AbortSignal): Promise<StoredPart> {
    const { sizeBytes } = part;
    return sizeBytes === undefined
      ? this.#collectPart(part, body, signal)
      : this.#sendPart({ ...part, sizeBytes }, body, signal);
  }

  /** S3 has to be told the size before the first byte, so that the part is kept in memory until it is known. */
  async #collectPart(part: PutPart, body: Readable, signal?: AbortSignal): Promise<StoredPart> {
    const blocks = new PartBlocks(this.#memory);
    try {
      requirePartInLimits(part);
      await pipeline(new ExactBody(body, undefined), blocks, signal ? { signal } : {});
      const sized = { ...part, sizeBytes: blocks.sizeBytes };
      return await this.#sendPart(sized, Readable.from(blocks.filled), signal);
    } finally {
      body.destroy();
      blocks.release();
    }
  }

  async #sendPart(part: SizedPart, body: Readable, signal?: AbortSignal): Promise<StoredPart> {
    const { writes: client } = this.clients;
    try {
      return await sendPart(
        { client, bucket: this.bucket, stallMs: this.timeouts.stallMs },
        part,
        body,
        signal,
      );
    } catch (error) {
      // A store that refuses a part closes the connection while the body still comes in, which can look like a
      // broken connection here.
      if (isBrokenConnection(error) && (await this.#isGone(part.key, part.uploadId))) throw uploadLost(error);
      throw error;
    }
  }

  /**
   * S3 keeps one part a number and cannot remove it: what was replaced is gone already, and what was not is replaced by
   * a part without bytes.
   */
  async discardPart({ key, uploadId, partNumber, etag }: DiscardedPart): Promise<void> {
    const where = { Bucket: this.bucket, Key: key, UploadId: uploadId };
    const after = { PartNumberMarker: String(partNumber - 1), MaxParts: 1 };
    try {
      const listed = await this.clients.calls.send(
        new ListPartsCommand({ ...where, ...after }),
        this.#bounded(),
      );
      const [stored] = listed.Parts ?? [];
      if (stored?.PartNumber !== partNumber || stored.ETag?.replaceAll('"', '') !== etag) return;
      const empty = { PartNumber: partNumber, ContentLength: 0, Body: Buffer.alloc(0) };
      await this.clients.calls.send(new UploadPartCommand({ ...where, ...empty }), this.#bounded());
    } catch (error) {
      if (!saysUploadIsGone(error)) throw storeUnavailable(error);
    }
  }

  async complete(key: string, uploadId: MultipartUploadId, parts: readonly CompletedPart[]): Promise<void> {
    if (parts.length === 0) throw new PartMismatchError('An object has at least one part.');
    const command = new CompleteMultipartUploadCommand({
      Bucket: this.bucket,
      Key: key,
      UploadId: uploadId,
      MultipartUpload: {
        Parts: parts
          .map(({ partNumber, etag }) => ({ PartNumber: partNumber, ETag: `"${etag}"` }))
          .sort((a, b) => a.PartNumber - b.PartNumber),
      },
    });
    const { completeMs } = this.timeouts;
    try {
      await this.clients.calls.send(command, {
        requestTimeout: completeMs,
        abortSignal: AbortSignal.timeout(completeMs),
      });
    } catch (error) {
      await this.#settleComplete(key, uploadId, parts, error);
    }
  }

  async abort(key: string, uploadId: MultipartUploadId): Promise<void> {
    const command = new AbortMultipartUploadCommand({ Bucket: this.bucket, Key: key, UploadId: uploadId });
    try {
      await this.clients.calls.send(command, this.#bounded());
    } catch (error) {
      if (answeredError(error) !== 'NoSuchUpload') throw storeUnavailable(error);
    }
  }

  async *list(prefix: string): AsyncIterable<ListedMultipartUpload> {
    let after: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
    while (after) {
      const command: ListMultipartUploadsCommand = new ListMultipartUploadsCommand({
        Bucket: this.bucket,
        Prefix: prefix,
        ...after,
      });
      const page = await this.clients.calls.send(command, this.#bounded()).catch((error: unknown) => {
        throw storeUnavailable(error);
      });
      for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
        yield {
          key: requireAnswered(Key),
          uploadId: requireAnswered(UploadId) as MultipartUploadId,
          initiatedAt: requireAnswered(Initiated),
        };
      }
      after = page.IsTruncated
        ? {
            KeyMarker: requireAnswered(page.NextKeyMarker),
            UploadIdMarker: requireAnswered(page.NextUploadIdMarker),
          }
        : undefined;
    }
  }

  /**
   * A complete may have succeeded although it failed here: time-out, broken connection, an error inside a 200, or
   * NoSuchUpload because an attempt before it succeeded. The object at the key tells. An upload that is gone
   * answers NoSuchUpload, but RGW says InternalError, so the upload itself is asked for.
   */
  async #settleComplete(
    key: string,
    uploadId: MultipartUploadId,
    parts: readonly CompletedPart[],
    error: unknown,
  ): Promise<void> {
    if (isAboutParts(error)) {
      throw new PartMismatchError('A part is not in the store, or not as it was named.', { cause: error });
    }
    if (await this.#isCompleted(key, parts)) return;
    if (!(await this.#isGone(key, uploadId))) throw storeUnavailable(error);
    // Looked at again: the complete may have finished between the two questions, and the store may show it late.
    for (const lateMs of SHOWS_LATE_MS) {
      await pause(lateMs);
      if (await this.#isCompleted(key, parts)) return;
    }
    throw uploadLost(error);
  }

  async #isCompleted(key: string, parts: readonly CompletedPart[]): Promise<boolean> {
    const found = await this.head(key);
    if (!found) return false;
    if (found.sizeBytes !== parts.reduce((sum, part) => sum + part.sizeBytes, 0)) {
      throw new PartMismatchError('The object at the key was made of other parts.');
    }
    return true;
  }

  async #isGone(key: string, uploadId: MultipartUploadId): Promise<boolean> {
    const command = new ListPartsCommand({ Bucket: this.bucket, Key: key, UploadId: uploadId, MaxParts: 1 });
    try {
      await this.clients.calls.send(command, this.#bounded());
      return false;
    } catch (error) {
      if (saysUploadIsGone(error)) return true;
      throw storeUnavailable(error);
    }
  }

  #bounded(): { abortSignal: AbortSignal } {
    return { abortSignal: AbortSignal.timeout(this.timeouts.callMs) };
  }
}

/** RGW says NoSuchKey when it is asked for the parts. */
function saysUploadIsGone(error: unknown): boolean {
  return ['NoSuchUpload', 'NoSuchKey'].includes(answeredError(error) ?? '');
}
