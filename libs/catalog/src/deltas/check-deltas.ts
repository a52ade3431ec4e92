import { createHash } from 'node:crypto';
import { BlobNotFoundError, type Digest, digestOfHex } from '@imgsrv/cas';
import type { Connection } from '@imgsrv/platform';
import type { VersionId } from '../names/names.js';
import { BlobContentSource } from '../publishing/blob-content-source.js';
import type { ContentRun } from '../publishing/check-contents.js';
import { type DeclaredDelta, keepDeltaCheck, listDeltas } from './delta.repository.js';
import { findBaseProblem } from './refuse-unusable-deltas.js';
import { applyDelta } from './vcdiff/apply-delta.js';
import { UnsoundDeltaError } from './vcdiff/unsound-delta.error.js';

/**
 * Applies each delta that a version declares to its base, as clients will, and gives a sentence for the publisher for each
 * that does not make its artifact. What was applied once is kept, and not applied again by a later attempt. Rejects when
 * bytes cannot be read now, which is no verdict.
 */
export async function findDeltaProblems(
  connection: Connection,
  versionId: VersionId,
  run: ContentRun,
): Promise<string[]> {
  const deltas = await listDeltas(connection, versionId);
  const left = deltas.filter(({ base, checkedBase }) => base === undefined || base.digest !== checkedBase);
  const totalBytes = left.reduce((sum, { target }) => sum + target.sizeBytes, 0);
  const problems: string[] = [];
  let doneBytes = 0;
  for (const delta of left) {
    const problem = await findProblem(delta, run, (madeBytes) => {
      run.onProgress(doneBytes + madeBytes, totalBytes);
    });
    if (problem !== undefined) {
      problems.push(`Attachment ${delta.attachment} of artifact ${delta.artifact}: ${problem}`);
    }
    doneBytes += delta.target.sizeBytes;
  }
  return problems;
}

type OnMade = (madeBytes: number) => void;

/** Applies a delta to a base, and gives a sentence when that does not make the target. Rejects when bytes cannot be read now. */
export async function judgeDelta(
  delta: Pick<DeclaredDelta, 'file' | 'target' | 'baseVersion'>,
  baseDigest: Digest,
  run: ContentRun,
  onMade: OnMade,
): Promise<string | undefined> {
  // What looks wrong is looked at once more: a bit that flips between the store and here is not the publisher's fault.
  return (await apply(delta, baseDigest, run, onMade)) && (await apply(delta, baseDigest, run, onMade));
}

async function findProblem(
  delta: DeclaredDelta,
  run: ContentRun,
  onMade: OnMade,
): Promise<string | undefined> {
  const { base, baseVersion } = delta;
  const baseProblem = findBaseProblem(delta);
  if (base === undefined || baseProblem !== undefined) {
    return `It is a delta of the version ${baseVersion}, ${baseProblem ?? 'which is not there'}.`;
  }
  const problem = await judgeDelta(delta, base.digest, run, onMade);
  if (problem === undefined) {
    await run.write((tx) => keepDeltaCheck(tx, delta.attachmentId, base.digest));
  }
  return problem;
}

/** Why the delta does not make its artifact of the base, as a sentence, or undefined. */
async function apply(
  { file, target, baseVersion }: Pick<DeclaredDelta, 'file' | 'target' | 'baseVersion'>,
  baseDigest: Digest,
  run: ContentRun,
  onMade: OnMade,
): Promise<string | undefined> {
  const delta = await openSource(file.digest, run);
  const base = await openSource(baseDigest, run);
  const hash = createHash('sha256');
  let madeBytes = 0;
  try {
    for await (const window of applyDelta(delta, base, target.sizeBytes)) {
      hash.update(window);
      madeBytes += window.length;
      onMade(madeBytes);
    }
  } catch (error) {
    if (!(error instanceof UnsoundDeltaError)) throw error;
    return `It cannot be applied to the version ${baseVersion}: ${error.message}.`;
  } finally {
    delta.throwIfFailed();
    base.throwIfFailed();
  }
  return digestOfHex(hash.digest('hex')) === target.digest
    ? undefined
    : `Applied to the version ${baseVersion} it makes other bytes than those of its artifact.`;
}

async function openSource(digest: Digest, run: ContentRun): Promise<BlobContentSource> {
  const blob = await run.blobs.find(digest);
  if (blob === undefined) {
    throw new BlobNotFoundError();
  }
  return new BlobContentSource(blob, { ...run, onOpen: run.expectBytes, onRead: () => undefined });
}
