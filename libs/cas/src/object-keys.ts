import { randomUUID } from 'node:crypto';
import { type Digest, hexOf } from './digest.js';

/** The prefix under which all blob bytes are. */
export const BLOBS_PREFIX = 'blobs/sha256/';

/**
 * A fresh key for one upload of a digest. Each upload is a generation of its own, so that removing one can never
 * hurt another.
 */
export function newGenerationKey(digest: Digest): string {
  const hex = hexOf(digest);
  return `${BLOBS_PREFIX}${hex.slice(0, 2)}/${hex.slice(2, 4)}/${hex}/${randomUUID()}`;
}
