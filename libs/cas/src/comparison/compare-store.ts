import type { Connection } from '@imgsrv/platform';
import type { Digest } from '../digest.js';
import { isGenerationKey, KEY_PARTITIONS } from '../object-keys.js';
import type { ObjectStore } from '../object-store/object-store.js';
import { countStrays } from '../strays/stray.repository.js';
import { isKept, type KeptBlob, listKept } from './comparison.repository.js';

/** Some of many, and how many there are. */
export interface Counted<T> {
  readonly count: number;
  readonly first: readonly T[];
}

export interface StoreComparison {
  /** Rows of blobs. */
  readonly blobs: number;
  /** Blobs without an object. */
  readonly lost: Counted<Digest>;
  /** Objects that no row knows; a worker removes them after their grace. */
  readonly strays: number;
  /** Keys among ours that we cannot have made. */
  readonly foreign: Counted<string>;
}

const MOST_NAMED = 5;
const BATCH = 500;

/**
 * Compares every row of a blob with the listing of the store, one part of the keys after the other, and changes nothing. What
 * comes and goes meanwhile does not count.
 */
export async function compareStore(connection: Connection, store: ObjectStore): Promise<StoreComparison> {
  const found = { blobs: 0, lost: new Some<Digest>(), strays: 0, foreign: new Some<string>() };
  for (let partition = 0; partition < KEY_PARTITIONS; partition += 1) {
    const digit = partition.toString(16);
    const listed = new Set<string>();
    for await (const { key } of store.list(`blobs/sha256/${digit}`)) {
      if (isGenerationKey(key)) listed.add(key);
      else found.foreign.add(key);
    }
    for await (const blob of keptBlobs(connection, `sha256:${digit}`)) {
      found.blobs += 1;
      if (!listed.delete(blob.storageKey) && (await isLost(connection, store, blob))) {
        found.lost.add(blob.digest);
      }
    }
    found.strays += await countStrays(connection, [...listed]);
  }
  return found;
}

async function* keptBlobs(connection: Connection, startsWith: string): AsyncGenerator<KeptBlob> {
  let after = '';
  for (;;) {
    const batch = await listKept(connection, { startsWith, after, limit: BATCH });
    yield* batch;
    const last = batch.at(-1);
    if (last === undefined || batch.length < BATCH) return;
    after = last.digest;
  }
}

/** It may have been verified after the listing, or collected before the look. */
async function isLost(
  connection: Connection,
  store: ObjectStore,
  { storageKey }: KeptBlob,
): Promise<boolean> {
  return (await store.head(storageKey)) === undefined && (await isKept(connection, storageKey));
}

class Some<T> implements Counted<T> {
  count = 0;
  readonly first: T[] = [];

  add(one: T): void {
    this.count += 1;
    if (this.first.length < MOST_NAMED) this.first.push(one);
  }
}
