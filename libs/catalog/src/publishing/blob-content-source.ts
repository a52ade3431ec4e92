import { pipeline, type Readable, Transform } from 'node:stream';
import type { Blob, BlobReader, ByteRange } from '@imgsrv/cas';
import type { ContentSource } from '../formats/content-check.js';

export interface SourceOptions {
  readonly blobs: BlobReader;
  readonly signal: AbortSignal;
  /** So many more bytes were opened. */
  readonly onOpen: (sizeBytes: number) => void;
  /** So many more bytes were read. */
  readonly onRead: (sizeBytes: number) => void;
}

/** The bytes of a blob for one run of a check. It notices when the store failed, whatever the check makes of that. */
export class BlobContentSource implements ContentSource {
  readonly sizeBytes: number;
  readonly signal: AbortSignal;
  private failure: { readonly error: unknown } | undefined;

  constructor(
    private readonly blob: Blob,
    private readonly options: SourceOptions,
  ) {
    this.sizeBytes = blob.sizeBytes;
    this.signal = options.signal;
  }

  /** Throws what the store or its streams failed with: what was read is then no ground for a verdict. */
  throwIfFailed(): void {
    this.signal.throwIfAborted();
    if (this.failure !== undefined) {
      throw this.failure.error;
    }
  }

  async open(range?: ByteRange): Promise<Readable> {
    const { blobs, signal, onOpen } = this.options;
    onOpen(range === undefined ? this.sizeBytes : range.end - range.start + 1);
    try {
      return this.watched(await blobs.openBlob(this.blob, { ...(range && { range }), signal }));
    } catch (error) {
      this.failure ??= { error };
      throw error;
    }
  }

  private watched(body: Readable): Readable {
    const { onRead } = this.options;
    const counted = new Transform({
      transform(chunk: Buffer, _encoding, callback) {
        onRead(chunk.length);
        callback(null, chunk);
      },
    });
    body.once('error', (error) => {
      // A check that has read enough destroys its stream, and with it the body.
      if (!counted.destroyed) {
        this.failure ??= { error };
      }
    });
    pipeline(body, counted, () => undefined);
    return counted;
  }
}
