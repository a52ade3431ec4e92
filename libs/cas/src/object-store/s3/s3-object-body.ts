import { finished, type Readable } from 'node:stream';
import { giveBack, ObjectBody } from '../object-body.js';
import { StallTimer } from './stall-timer.js';
import { storeUnavailable } from './s3-errors.js';

/**
 * The body of a read, which fails with `DependencyUnavailableError` unless the store delivers exactly `sizeBytes`:
 * broken connection, short or long answer, or no byte for `stallMs` while the reader waits. Destroying it closes
 * the connection at once, unless the answer was read to its end, when the connection returns to the pool.
 */
export class S3ObjectBody extends ObjectBody {
  readonly #source: Readable;
  readonly #sizeBytes: number;
  readonly #stall: StallTimer;
  #receivedBytes = 0;

  constructor(source: Readable, sizeBytes: number, stallMs: number) {
    super();
    this.#source = source;
    this.#sizeBytes = sizeBytes;
    this.#stall = new StallTimer(stallMs, (error) => this.destroy(storeUnavailable(error)));
    source.pause();
    source.on('data', (chunk: Buffer) => {
      this.#take(chunk);
    });
    finished(source, { writable: false }, (error) => {
      this.#end(error);
    });
  }

  override giveBack(chunk: Buffer): void {
    giveBack(this.#source, chunk);
  }

  override _read(): void {
    this.#stall.waitForStore();
    this.#source.resume();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#stall.stop();
    this.#source.destroy();
    callback(error);
  }

  #take(chunk: Buffer): void {
    if (this.destroyed) return;
    this.#receivedBytes += chunk.length;
    if (this.#receivedBytes > this.#sizeBytes) {
      this.destroy(storeUnavailable(new Error('The object store sent more bytes than it promised.')));
      return;
    }
    this.#stall.waitForStore();
    if (!this.push(chunk)) {
      this.#source.pause();
      this.#stall.stop();
    }
  }

  #end(cause: Error | null | undefined): void {
    if (this.destroyed) return;
    this.#stall.stop();
    if (cause || this.#receivedBytes !== this.#sizeBytes) {
      const received = `${this.#receivedBytes} of ${this.#sizeBytes}`;
      this.destroy(
        storeUnavailable(
          new Error(`The object store sent ${received} bytes.`, { cause: cause ?? undefined }),
        ),
      );
      return;
    }
    this.push(null);
  }
}
