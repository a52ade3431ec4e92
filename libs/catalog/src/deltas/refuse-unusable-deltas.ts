import type { Transaction } from '@imgsrv/platform';
import { DeltaBaseUnusableError, DeltaTooLargeError } from '../catalog.errors.js';
import type { Version } from '../versions/version.js';
import { type DeclaredDelta, listDeltas } from './delta.repository.js';

/** Of a hundred parts of the file that it saves. What is larger costs a client that has the base about as much as the file. */
const MOST_PERCENT = 60;

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
      throw new DeltaBaseUnusableError(delta.attachment, delta.baseVersion, problem);
    }
    const maxBytes = Math.floor((delta.target.sizeBytes * MOST_PERCENT) / 100);
    if (delta.file.sizeBytes > maxBytes) {
      throw new DeltaTooLargeError(delta.attachment, delta.file.sizeBytes, maxBytes);
    }
  }
}

/** The end of a sentence about the base of a delta, or undefined when it can be applied to it. */
export function findBaseProblem({ artifact, baseState, base, target }: DeclaredDelta): string | undefined {
  switch (baseState) {
    case undefined:
      return 'which this image does not have';
    case 'draft':
    case 'publishing':
      return 'which is not published';
    case 'withdrawn':
      return 'which was withdrawn';
    case 'published':
      if (base === undefined) {
        return `which has no artifact ${artifact}`;
      }
      return base.digest === target.digest ? 'which has the same bytes already' : undefined;
  }
}
