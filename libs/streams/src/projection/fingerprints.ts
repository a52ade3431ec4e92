import { type Digest, hexOf } from '@imgsrv/cas';
import type { StreamsFile } from '../rendering/published-root.js';
import { combineDigests, type CombineOptions } from './combined-digests.js';
import type { SelectedRoot } from './select-roots.js';

/** Digests computed before. */
export interface CombinedMemory {
  find(metadata: Digest, root: Digest): Promise<Digest | undefined>;
  remember(metadata: Digest, root: Digest, combined: Digest): Promise<void>;
}

export interface FingerprintOptions extends Omit<CombineOptions, 'onBytes'> {
  readonly memory: CombinedMemory;
  readonly onProgress: (doneBytes: number, totalBytes: number) => void;
}

/** One root and the metadata it has not been combined with yet. */
interface Reading {
  readonly root: StreamsFile;
  readonly metadata: StreamsFile[];
}

/**
 * The fingerprint of each root, in lower-case hex. Only what was never computed is read, each root once, and every
 * result is remembered at once, so that a later attempt goes on from there.
 */
export async function fingerprintRoots(
  roots: readonly SelectedRoot[],
  options: FingerprintOptions,
): Promise<ReadonlyMap<SelectedRoot, string>> {
  const known = new Map<string, Digest>();
  const readings = await planReadings(roots, known, options.memory);
  const totalBytes = readings.reduce((sum, reading) => sum + sizeOf(reading), 0);
  let doneBytes = 0;
  options.onProgress(doneBytes, totalBytes);
  for (const { root, metadata } of readings) {
    const combined = await combineDigests(metadata, root, {
      ...options,
      onBytes: (sizeBytes) => {
        doneBytes += sizeBytes;
        options.onProgress(doneBytes, totalBytes);
      },
    });
    for (const [at, digest] of combined.entries()) {
      const file = metadata[at];
      if (file !== undefined) {
        known.set(pairKey(file, root), digest);
        await options.memory.remember(file.digest, root.digest, digest);
      }
    }
  }
  return new Map(roots.map((root) => [root, fingerprintOf(root, known)]));
}

async function planReadings(
  roots: readonly SelectedRoot[],
  known: Map<string, Digest>,
  memory: CombinedMemory,
): Promise<Reading[]> {
  const readings = new Map<Digest, Reading>();
  for (const { artifact, metadata } of roots) {
    const { file: root } = artifact;
    const reading = readings.get(root.digest) ?? { root, metadata: [] };
    if (metadata === undefined || reading.metadata.some(({ digest }) => digest === metadata.digest)) {
      continue;
    }
    const combined = await memory.find(metadata.digest, root.digest);
    if (combined === undefined) {
      reading.metadata.push(metadata);
      readings.set(root.digest, reading);
    } else {
      known.set(pairKey(metadata, root), combined);
    }
  }
  return [...readings.values()];
}

function sizeOf({ root, metadata }: Reading): number {
  return metadata.reduce((sum, { sizeBytes }) => sum + sizeBytes, root.sizeBytes);
}

function fingerprintOf({ artifact, metadata }: SelectedRoot, known: ReadonlyMap<string, Digest>): string {
  const digest = metadata === undefined ? artifact.file.digest : known.get(pairKey(metadata, artifact.file));
  if (digest === undefined) {
    throw new Error('a root was left without its fingerprint');
  }
  return hexOf(digest);
}

function pairKey(metadata: StreamsFile, root: StreamsFile): string {
  return `${metadata.digest} ${root.digest}`;
}
