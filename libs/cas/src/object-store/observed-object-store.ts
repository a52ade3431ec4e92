import type { Readable } from 'node:stream';
import { DependencyUnavailableError, openSpan, type OpenSpan } from '@imgsrv/platform';
import { deliveredBytes } from './object-body.js';
import {
  NoSuchMultipartUploadError,
  NoSuchObjectError,
  PartMismatchError,
  TruncatedBodyError,
} from './object-store.errors.js';
import type {
  ObjectStoreObserver,
  ObjectStoreOperation,
  ObjectStoreOutcome,
} from './object-store-observer.js';
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
} from './object-store.js';

/**
 * A store that behaves as the one behind it, and tells an observer of each call and gives it a span. Bodies pass
 * through as they are; they are looked at once, when they close.
 */
export class ObservedObjectStore implements ObjectStore {
  constructor(
    private readonly store: ObjectStore,
    private readonly observer: ObjectStoreObserver,
  ) {}

  createMultipartUpload(key: string): Promise<MultipartUploadId> {
    return this.observe('create_multipart_upload', () => this.store.createMultipartUpload(key));
  }

  putPart(part: PutPart, body: Readable, signal?: AbortSignal): Promise<StoredPart> {
    const call = this.begin('put_part', signal);
    return call.settle(
      () => this.store.putPart(part, body, signal),
      ({ sizeBytes }) => ({ writtenBytes: sizeBytes }),
    );
  }

  putObject(
    object: PutObject,
    body: Readable,
    signal?: AbortSignal,
  ): Promise<{ readonly isCompared: boolean }> {
    const call = this.begin('put_object', signal);
    return call.settle(
      () => this.store.putObject(object, body, signal),
      () => ({ writtenBytes: object.sizeBytes }),
    );
  }

  discardPart(part: DiscardedPart): Promise<void> {
    return this.observe('discard_part', () => this.store.discardPart(part));
  }

  completeMultipartUpload(
    key: string,
    uploadId: MultipartUploadId,
    parts: readonly CompletedPart[],
  ): Promise<void> {
    return this.observe('complete_multipart_upload', () =>
      this.store.completeMultipartUpload(key, uploadId, parts),
    );
  }

  abortMultipartUpload(key: string, uploadId: MultipartUploadId): Promise<void> {
    return this.observe('abort_multipart_upload', () => this.store.abortMultipartUpload(key, uploadId));
  }

  head(key: string): Promise<ObjectHead | undefined> {
    return this.begin('head').settle(
      () => this.store.head(key),
      (head) => ({ outcome: head === undefined ? 'not_found' : 'ok' }),
    );
  }

  async openRead(key: string, options?: { range?: ByteRange; signal?: AbortSignal }): Promise<ObjectRead> {
    const opening = this.begin('open_read', options?.signal);
    const read = await opening.settle(() => this.store.openRead(key, options));
    const reading = this.begin('read_body', options?.signal);
    read.body.once('close', () => {
      reading.end({ outcome: outcomeOfBody(read.body), readBytes: deliveredBytes(read.body) });
    });
    return read;
  }

  delete(key: string): Promise<void> {
    return this.observe('delete', () => this.store.delete(key));
  }

  list(prefix: string): AsyncIterable<ListedObject> {
    return this.observeListing('list', this.store.list(prefix));
  }

  listMultipartUploads(prefix: string): AsyncIterable<ListedMultipartUpload> {
    return this.observeListing('list_multipart_uploads', this.store.listMultipartUploads(prefix));
  }

  /** Not told: it is asked every few seconds for the readiness, which has a metric of its own. */
  check(): Promise<void> {
    return this.store.check();
  }

  close(): Promise<void> {
    return this.store.close();
  }

  private observe<T>(operation: ObjectStoreOperation, work: () => Promise<T>): Promise<T> {
    return this.begin(operation).settle(work);
  }

  private async *observeListing<T>(
    operation: 'list' | 'list_multipart_uploads',
    listing: AsyncIterable<T>,
  ): AsyncGenerator<T> {
    const call = this.begin(operation);
    // A reader that stops early has what it wanted.
    let outcome: ObjectStoreOutcome = 'ok';
    try {
      yield* listing;
    } catch (error) {
      outcome = outcomeOf(error);
      throw error;
    } finally {
      call.end({ outcome });
    }
  }

  private begin(operation: ObjectStoreOperation, signal?: AbortSignal): Call {
    return new Call(this.observer, operation, signal);
  }
}

interface CallEnd {
  /** Default `ok`. */
  readonly outcome?: ObjectStoreOutcome;
  readonly readBytes?: number;
  readonly writtenBytes?: number;
}

/** One call under way. */
class Call {
  private readonly startedAtMs = performance.now();
  private readonly span: OpenSpan;

  constructor(
    private readonly observer: ObjectStoreObserver,
    private readonly operation: ObjectStoreOperation,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.span = openSpan(`object-store ${operation}`, { kind: 'client' });
  }

  async settle<T>(work: () => Promise<T>, describe: (result: T) => CallEnd = () => ({})): Promise<T> {
    try {
      const result = await this.span.run(work);
      this.end(describe(result));
      return result;
    } catch (error) {
      this.end({ outcome: this.signal?.aborted === true ? 'aborted' : outcomeOf(error) });
      throw error;
    }
  }

  end({ outcome = 'ok', readBytes = 0, writtenBytes = 0 }: CallEnd): void {
    this.span.end({
      attributes: { 'imgsrv.outcome': outcome },
      failed: outcome === 'unavailable' || outcome === 'failed',
    });
    const durationMs = performance.now() - this.startedAtMs;
    this.observer.ended({ operation: this.operation, outcome, durationMs, readBytes, writtenBytes });
  }
}

function outcomeOf(error: unknown): ObjectStoreOutcome {
  if (error instanceof DependencyUnavailableError) {
    return 'unavailable';
  }
  if (error instanceof NoSuchObjectError || error instanceof NoSuchMultipartUploadError) {
    return 'not_found';
  }
  return error instanceof TruncatedBodyError || error instanceof PartMismatchError ? 'refused' : 'failed';
}

/** A body that was destroyed without an error of the store had a reader that went away. */
function outcomeOfBody(body: Readable): ObjectStoreOutcome {
  if (body.readableEnded) {
    return 'ok';
  }
  return body.errored instanceof DependencyUnavailableError ? 'unavailable' : 'aborted';
}
