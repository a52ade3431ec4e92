import { setTimeout as delay } from 'node:timers/promises';

export interface TurnOptions {
  readonly signal: AbortSignal;
  /** The longest that it is worth to wait. */
  readonly longestMs: number;
  /** Called again and again while it waits. */
  readonly onWaiting: () => void;
}

const LOOK_MS = 10_000;

/** Has one at a time do something, in the order in which they ask. */
export class Turns {
  private last: Promise<void> = Promise.resolve();

  /** Resolves with what ends the turn, or with undefined when it did not come in time. Rejects with the reason of an abort. */
  async take({ signal, longestMs, onWaiting }: TurnOptions): Promise<(() => void) | undefined> {
    signal.throwIfAborted();
    const before = this.last;
    let end: () => void = () => undefined;
    const mine = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.last = before.then(() => mine);
    try {
      if (await waitFor(before, { signal, longestMs, onWaiting })) {
        return end;
      }
    } catch (error) {
      end();
      throw error;
    }
    end();
    return undefined;
  }
}

async function waitFor(turn: Promise<void>, { signal, longestMs, onWaiting }: TurnOptions): Promise<boolean> {
  const came = turn.then(() => true);
  for (let leftMs = longestMs; leftMs > 0; leftMs -= LOOK_MS) {
    const waiting = new AbortController();
    const ended = AbortSignal.any([signal, waiting.signal]);
    const later = delay(Math.min(leftMs, LOOK_MS), false, { signal: ended });
    try {
      if (await Promise.race([came, later])) {
        return true;
      }
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      waiting.abort();
      later.catch(() => undefined);
    }
    onWaiting();
  }
  return false;
}
