import type { Connection } from '@imgsrv/platform';
import { DraftLimitError } from '../catalog.errors.js';
import { countUnpublished } from './version.repository.js';

export interface VersionLimits {
  /** Versions that one principal may have made and not published yet; 0 is no limit. */
  readonly maxDrafts: number;
}

/**
 * To be called after a draft was added, with the principal's drafts locked. Those being published count: a publish that
 * fails makes them drafts again. Throws DraftLimitError.
 */
export async function refuseTooManyDrafts(
  connection: Connection,
  principalId: string,
  { maxDrafts }: VersionLimits,
): Promise<void> {
  const count = maxDrafts === 0 ? 0 : await countUnpublished(connection, principalId);
  if (count > maxDrafts) {
    throw new DraftLimitError(count - 1, maxDrafts);
  }
}
