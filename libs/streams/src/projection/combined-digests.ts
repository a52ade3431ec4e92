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
  { readBlob, signal, onBytes }: CombineOptions,
): Promise<void> {
  const own = createHash('sha256');
  let readBytes = 0;
  await readAll(await readBlob(file.digest, { signal }), signal, (chunk) => {
    readBytes += chunk.length;
    if (readBytes > file.sizeBytes) {
      throw otherBytes(file);
    }
    own.update(chunk);
    hashes.forEach((hash) => hash.update(chunk));
    onBytes(chunk.length);
  });
  if (digestOfHex(own.digest('hex')) !== file.digest) {
    throw otherBytes(file);
  }
}

async function readAll(body: Readable, signal: AbortSignal, take: (chunk: Buffer) => void): Promise<void> {
  try {
    await pipeline(
      body,
      async (chunks: AsyncIterable<Buffer>) => {
        for await (const chunk of chunks) {
          take(chunk);
        }
      },
      { signal },
    );
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

function otherBytes({ digest }: StreamsFile): Error {
  return new Error(`the object store gave other bytes than those of ${digest}`);
}
