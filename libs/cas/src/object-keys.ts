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
