import type { Transaction } from '@imgsrv/platform';
import { DeltaBaseUnusableError, DeltaTooLargeError } from '../catalog.errors.js';
import type { Version } from '../versions/version.js';
import { type DeclaredDelta, listDeltas } from './delta.repository.js';
import { listDeltaWishes } from './delta-wish.repository.js';

/** Of a hundred parts of the file that it saves. What is larger costs a client that has the base about as much as the file. */
const MOST_PERCENT = 60;

/** The most bytes that a delta of so large an artifact may have. */
export function mostDeltaBytes(targetSizeBytes: number): number {
  return Math.floor((targetSizeBytes * MOST_PERCENT) / 100);
}

/**
 * Refuses a draft with a delta that could help nobody. What its bytes do is for the publish job to find out. Throws
 * DeltaBaseUnusableError and DeltaTooLargeError.
 */
export async function refuseUnusableDeltas(
  tx: Transaction,
  { id, version }: Pick<Version, 'id' | 'version'>,
): Promise<void> {
  for (const delta of await listDeltas(tx, id)) {
    const problem = delta.baseVersion === version ? 'which is this version itself' : findBaseProblem(delta);
    if (problem !== undefined) {
      const what = `The attachment ${delta.attachment} is a delta of`;
      throw new DeltaBaseUnusableError(what, delta, problem);
    }
    const maxBytes = mostDeltaBytes(delta.target.sizeBytes);
    if (delta.file.sizeBytes > maxBytes) {
      throw new DeltaTooLargeError(delta.attachment, delta.file.sizeBytes, maxBytes);
    }
  }
}

/**
 * Refuses a draft of which deltas are to be made of a version that is not there to be fetched. One without such an artifact, or
 * with the same bytes, is no mistake: other artifacts of it may have what these do not need. Throws DeltaBaseUnusableError.
 */
export async function refuseUnusableWishes(
  tx: Transaction,
  { id, version }: Pick<Version, 'id' | 'version'>,
): Promise<void> {
  for (const wish of await listDeltaWishes(tx, id)) {
    const problem =
      wish.baseVersion === version ? 'which is this version itself' : findStateProblem(wish.baseState);
    if (problem !== undefined) {
      const what = `The publish is to make ${wish.attachment} out of`;
      throw new DeltaBaseUnusableError(what, wish, problem);
    }
  }
}

/** The end of a sentence about the base of a delta, or undefined when it can be applied to it. */
export function findBaseProblem({
  artifact,
  baseState,
  base,
  target,
}: Pick<DeclaredDelta, 'artifact' | 'baseState' | 'base' | 'target'>): string | undefined {
  const problem = findStateProblem(baseState);
  if (problem !== undefined) {
    return problem;
  }
  if (base === undefined) {
    return `which has no artifact ${artifact}`;
  }
  return base.digest === target.digest ? 'which has the same bytes already' : undefined;
}

function findStateProblem(baseState: DeclaredDelta['baseState']): string | undefined {
  switch (baseState) {
    case undefined:
      return 'which this image does not have';
    case 'draft':
    case 'publishing':
      return 'which is not published';
    case 'withdrawn':
      return 'which was withdrawn';
    case 'published':
      return undefined;
  }
}
