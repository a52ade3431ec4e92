import type { ExactBodyObserver } from '../exact-body.js';

/**
 * Fires when the store is waited for, without a byte moving, for `timeoutMs`. Time in which a slow client is
 * waited for does not count: a stream may take hours as long as the store does its share.
 */
export class StallTimer implements ExactBodyObserver {
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly timeoutMs: number,
    private readonly onStall: (error: Error) => void,
  ) {}

  /** The store's turn; called again with every sign of life. */
  waitForStore(): void {
    if (this.#timer) {
      this.#timer.refresh();
    } else {
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.onStall(new Error(`The object store moved no byte for ${this.timeoutMs} ms.`));
      }, this.timeoutMs);
    }
  }

  /** The client's turn, or all is done. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  handedOn(): void {
    this.waitForStore();
  }

  askedForMore(): void {
    this.stop();
  }
}
