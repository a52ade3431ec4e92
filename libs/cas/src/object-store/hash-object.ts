import { createHash } from 'node:crypto';
import { giveBack } from './object-body.js';
import { DamagedObjectError, NoSuchObjectError } from './object-store.errors.js';
import type { ObjectStore } from './object-store.js';

export interface HashedObject {
  readonly sizeBytes: number;
  readonly digestHex: string;
}

/**
 * Reads an object to its end and hashes it. Undefined when the store has not all of it, and says so; rejects as the store
 * does when it cannot tell. `onChunk` is told of each chunk and how many bytes came with it, and may not keep the chunk.
 */
export async function hashObject(
  store: ObjectStore,
  key: string,
  signal: AbortSignal,
  onChunk: (chunk: Buffer, sizeBytes: number) => Promise<void> | void,
): Promise<HashedObject | undefined> {
  try {
    const { body } = await store.openRead(key, { signal });
    const hash = createHash('sha256');
    let sizeBytes = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      await onChunk(chunk, sizeBytes);
      giveBack(body, chunk);
    }
    return { sizeBytes, digestHex: hash.digest('hex') };
  } catch (error) {
    if (error instanceof NoSuchObjectError || error instanceof DamagedObjectError) {
      return undefined;
    }
    throw error;
  }
}
