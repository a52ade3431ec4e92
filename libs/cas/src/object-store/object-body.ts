import { Readable } from 'node:stream';

/** A body of an object that can use the memory of its chunks again. */
export abstract class ObjectBody extends Readable {
  #deliveredBytes = 0;

  /** How much came from the store so far. */
  get deliveredBytes(): number {
    return this.#deliveredBytes;
  }

  abstract giveBack(chunk: Buffer): void;

  override push(chunk: Buffer | null, encoding?: BufferEncoding): boolean {
    this.#deliveredBytes += chunk?.length ?? 0;
    return super.push(chunk, encoding);
  }
}

/** How much came from the store so far; 0 for a stream that is no body of an object. */
export function deliveredBytes(body: Readable): number {
  return body instanceof ObjectBody ? body.deliveredBytes : 0;
}

/**
 * Tells the body of an object that nobody will look at `chunk` again: its memory may be written over at once. Never
 * needed, and only for a chunk as it came from this body; any other stream ignores it.
 */
export function giveBack(body: Readable, chunk: Buffer): void {
  if (body instanceof ObjectBody) body.giveBack(chunk);
}
