import { SharedLookup } from '@imgsrv/platform';
import { LRUCache } from 'lru-cache';
import type { Audience } from './visibility.js';

/** Whose looks are shared at a time; those of others are made all the same. */
const MOST_AUDIENCES = 1000;

/** A `SharedLookup` for each audience: whoever asks at the same time with the same eyes shares a look into the database. */
export class AudienceLookup<Key extends string, Value> {
  private readonly lookups = new LRUCache<string, SharedLookup<Key, Value>>({ max: MOST_AUDIENCES });

  constructor(
    private readonly find: (keys: readonly Key[], audience: Audience) => Promise<ReadonlyMap<Key, Value>>,
  ) {}

  /** What the audience sees at this key, as of a moment after the call. */
  get(key: Key, audience: Audience): Promise<Value | undefined> {
    const name = audience.join();
    let lookup = this.lookups.get(name);
    if (lookup === undefined) {
      lookup = new SharedLookup((keys) => this.find(keys, audience));
      this.lookups.set(name, lookup);
    }
    return lookup.get(key);
  }
}
