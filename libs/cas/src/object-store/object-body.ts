import { Readable } from 'node:stream';

/** A body of an object that can use the memory of its chunks again. */
export abstract class ObjectBody extends Readable {
  abstract giveBack(chunk: Buffer): void;
}

/**
 * Tells the body of an object that nobody will look at `chunk` again: its memory may be written over at once. Never
 * needed, and only for a chunk as it came from this body; any other stream ignores it.
 */
export function giveBack(body: Readable, chunk: Buffer): void {
  if (body instanceof ObjectBody) body.giveBack(chunk);
}
