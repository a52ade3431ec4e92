import type { Readable, Writable } from 'node:stream';
import { giveBack } from './object-body.js';

interface PourOptions {
  readonly signal?: AbortSignal;
  /** Looks at each chunk before it is sent. When it throws, that chunk is not sent and this rejects with what it threw. */
  readonly inspect?: (chunk: Buffer) => void;
}

/**
 * Sends the body of an object to a socket or an HTTP response, as `pipeline` does: it resolves when all was handed to
 * the operating system and the destination has ended, and destroys both sides when either fails or goes away. Each
 * chunk is given back once it was sent, which about halves the processor time of a download. A destination that was given
 * nothing before `inspect` threw is left as it is: it can still be told why.
 *
 * The destination must be done with a chunk when it calls back for it, which sockets and HTTP responses are and
 * transforms, which pass it on, are not.
 */
export function pour(body: Readable, destination: Writable, options: PourOptions = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    new Pouring(body, destination, options, resolve, reject).begin();
  });
}

/** Without `pipeline`, whose own streams and signals would cost a range of 1 MiB a tenth of its time. */
class Pouring {
  #isFirst = true;
  #isUntouched = false;
  #hasEnded = false;
  #isOver = false;

  constructor(
    private readonly body: Readable,
    private readonly destination: Writable,
    private readonly options: PourOptions,
    private readonly resolve: () => void,
    private readonly reject: (error: Error) => void,
  ) {}

  begin(): void {
    const { body, destination } = this;
    const { signal } = this.options;
    body.on('error', this.#fail).once('close', this.#bodyClosed);
    destination.on('error', this.#fail).once('close', this.#destinationClosed);
    signal?.addEventListener('abort', this.#aborted);
    if (signal?.aborted === true) {
      this.#aborted();
    } else if (body.destroyed) {
      this.#fail(body.errored ?? new Error('The body was closed before.'));
    } else if (destination.destroyed) {
      this.#destinationClosed();
    } else {
      body.once('end', this.#bodyEnded).on('data', this.#send);
    }
  }

  readonly #send = (chunk: Buffer): void => {
    if (this.#isOver) return;
    try {
      this.options.inspect?.(chunk);
    } catch (error) {
      this.#isUntouched = this.#isFirst;
      this.#fail(error instanceof Error ? error : new Error('A chunk was refused.', { cause: error }));
      return;
    }
    this.#isFirst = false;
    // Meanwhile the body reads the next one.
    this.body.pause();
    this.destination.write(chunk, (error) => {
      if (error) {
        this.#fail(error);
        return;
      }
      giveBack(this.body, chunk);
      if (!this.#isOver) this.body.resume();
    });
  };

  readonly #bodyEnded = (): void => {
    this.#hasEnded = true;
    this.destination.end(this.#sent);
  };

  readonly #sent = (error?: Error | null): void => {
    if (error) this.#fail(error);
    else this.#finish(this.resolve);
  };

  readonly #bodyClosed = (): void => {
    if (!this.#hasEnded) this.#fail(new Error('The body ended early.'));
  };

  readonly #destinationClosed = (): void => {
    this.#fail(new Error('The receiver went away.'));
  };

  readonly #aborted = (): void => {
    const error = new Error('The transfer was given up.', { cause: this.options.signal?.reason });
    error.name = 'AbortError';
    this.#fail(error);
  };

  readonly #fail = (error: Error): void => {
    this.#finish(() => {
      this.body.destroy();
      if (!this.#isUntouched) this.destination.destroy(error);
      this.reject(error);
    });
  };

  /** Both may still say that they fail, which nobody has to hear any more. */
  #finish(settle: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.options.signal?.removeEventListener('abort', this.#aborted);
    this.body.off('data', this.#send);
    settle();
  }
}
