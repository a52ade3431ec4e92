import { createHash, type Hash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Digest, digestOfHex } from '@imgsrv/cas';
import type { StreamsFile } from '../rendering/published-root.js';

/** Opens the bytes of a verified blob. The signal aborts reading them. */
export type ReadBlob = (digest: Digest, options: { signal: AbortSignal }) => Readable | Promise<Readable>;

export interface CombineOptions {
  readonly readBlob: ReadBlob;
  readonly signal: AbortSignal;
  /** Called with the bytes of each chunk read. */
  readonly onBytes: (sizeBytes: number) => void;
}

/**
 * sha256 of the metadata bytes followed by the root bytes, for each metadata, in their order: what Incus and LXD call
 * an image by. The root is read once and nothing is kept of it. What is read is checked against its digest, because
 * the result is remembered for ever.
 */
export async function combineDigests(
  metadata: readonly StreamsFile[],
  root: StreamsFile,
  options: CombineOptions,
): Promise<Digest[]> {
  const hashes: Hash[] = [];
  for (const file of metadata) {
    const hash = createHash('sha256');
    await readChecked(file, [hash], options);
    hashes.push(hash);
  }
  await readChecked(root, hashes, options);
  return hashes.map((hash) => digestOfHex(hash.digest('hex')));
}

async function readChecked(
  file: StreamsFile,
  hashes: readonly Hash[],
  options: CombineOptions,
): Promise<void> {
  const { readBlob, signal, onBytes } = options;
  const own = createHash('sha256');
  const body = await readBlob(file.digest, { signal });
  await pipeline(
    body,
    async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        own.update(chunk);
        hashes.forEach((hash) => hash.update(chunk));
        onBytes(chunk.length);
      }
    },
    { signal },
  );
  if (digestOfHex(own.digest('hex')) !== file.digest) {
    throw new Error(`the object store gave other bytes than those of ${file.digest}`);
  }
}
