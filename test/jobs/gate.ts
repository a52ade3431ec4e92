import { once } from 'node:events';

/** Something that handlers wait for until the test lets them go on. */
export class Gate {
  private readonly opening = new AbortController();

  open(): void {
    this.opening.abort();
  }

  /** Resolves when the gate is open; rejects with the reason of `signal` when that aborts first. */
  async passed(signal?: AbortSignal): Promise<void> {
    const either = AbortSignal.any([this.opening.signal, ...(signal === undefined ? [] : [signal])]);
    if (!either.aborted) {
      await once(either, 'abort');
    }
    if (!this.opening.signal.aborted) {
      signal?.throwIfAborted();
    }
  }
}
