import type { Readable, Writable } from 'node:stream';

/**
 * Writes all of `source` to the input of a program, as fast as that takes it, and ends it. Resolves early when the program takes
 * no more. Rejects with what the source fails with; destroying the source is no failure.
 */
export async function feed(
  source: Readable,
  input: Writable,
  onRead: (sizeBytes: number) => void,
): Promise<void> {
  // What a program that ended does not take is no failure of the source.
  input.on('error', () => undefined);
  input.once('close', () => {
    source.destroy();
  });
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      if (!input.write(chunk)) {
        await drained(input);
      }
      onRead(chunk.length);
    }
    input.end();
  } catch (error) {
    // Destroyed by whoever wants no more of it.
    if (source.errored !== null) throw error;
  }
}

function drained(input: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      input.off('drain', done).off('close', done);
      resolve();
    };
    if (input.destroyed) {
      resolve();
    } else {
      input.on('drain', done).on('close', done);
    }
  });
}
