import { finished, Readable } from 'node:stream';
import { TruncatedBodyError } from './object-store.errors.js';

export interface ExactBodyObserver {
  /** Bytes were handed on and have not been asked for again: whoever reads is busy. */
  handedOn(): void;
  /** The reader asks for more; until `handedOn` it is the source that is waited for. */
  askedForMore(): void;
}

/**
 * `source`, but only if it carries exactly `sizeBytes`, or whatever it carries when that is undefined: it fails with `TruncatedBodyError` when the source ends
 * early, fails, is destroyed or goes on too long. The bytes that complete the size are held back until the source
 * has ended, so a reader that counts on the size (a store fed with a Content-Length) can never take a body that
 * is too long, or whose sender failed at the end, for a whole one. Destroying it destroys the source.
 */
export class ExactBody extends Readable {
  readonly #source: Readable;
  readonly #sizeBytes: number | undefined;
  readonly #observer: ExactBodyObserver | undefined;
  #receivedBytes = 0;
  #last: Buffer | undefined;

  constructor(source: Readable, sizeBytes: number | undefined, observer?: ExactBodyObserver) {
    // One chunk at a time: the buffers that matter are the source's and the reader's.
    super({ highWaterMark: 1 });
    this.#source = source;
    this.#sizeBytes = sizeBytes;
    this.#observer = observer;
    source.pause();
    source.on('data', (chunk: Buffer) => {
      this.#take(chunk);
    });
    finished(source, { writable: false }, (error) => {
      this.#end(error);
    });
  }

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  override _read(): void {
    this.#observer?.askedForMore();
    this.#source.resume();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#last = undefined;
    this.#source.destroy();
    callback(error);
  }

  #take(chunk: Buffer): void {
    this.#receivedBytes += chunk.length;
    if (this.destroyed || chunk.length === 0) return;
    if (this.#sizeBytes !== undefined && this.#receivedBytes > this.#sizeBytes) {
      this.destroy(new TruncatedBodyError(`The body is longer than the ${this.#sizeBytes} bytes announced.`));
    } else if (this.#receivedBytes === this.#sizeBytes) {
      this.#last = chunk;
    } else {
      this.#observer?.handedOn();
      if (!this.push(chunk)) this.#source.pause();
    }
  }

  #end(cause: Error | null | undefined): void {
    if (this.destroyed) return;
    const sizeBytes = this.#sizeBytes ?? this.#receivedBytes;
    if (cause || this.#receivedBytes !== sizeBytes) {
      const received = `${this.#receivedBytes} of ${this.#sizeBytes ?? 'an unknown number of'}`;
      this.destroy(
        new TruncatedBodyError(`The body ended after ${received} bytes.`, { cause: cause ?? undefined }),
      );
      return;
    }
    this.#observer?.handedOn();
    if (this.#last) this.push(this.#last);
    this.push(null);
  }
}
