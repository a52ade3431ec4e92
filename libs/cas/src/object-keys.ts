import { randomUUID } from 'node:crypto';
import { type Digest, hexOf } from './digest.js';

/**
 * A fresh key for one upload of a digest. Each upload is a generation of its own, so that removing one can never
 * hurt another.
 */
export function newGenerationKey(digest: Digest): string {
  const hex = hexOf(digest);
  return `blobs/sha256/${hex.slice(0, 2)}/${hex.slice(2, 4)}/${hex}/${randomUUID()}`;
}

/** How many parts the keys are listed in, one after the other. */
export const KEY_PARTITIONS = 16;

/** What the keys of a partition, 0 to `KEY_PARTITIONS` - 1, begin with. Nothing of ours is elsewhere. */
export function partitionPrefix(partition: number): string {
  return `blobs/sha256/${partition.toString(16)}`;
}

const GENERATION_KEY =
  /^blobs\/sha256\/([0-9a-f]{2})\/([0-9a-f]{2})\/\1\2[0-9a-f]{60}\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether `newGenerationKey` could have made the key. Whatever else lies in the store is not ours to remove. */
export function isGenerationKey(key: string): boolean {
  return GENERATION_KEY.test(key);
}
