import type { Transaction } from '@imgsrv/platform';
import type { VersionId, VersionName } from '../names/names.js';
import { updateVersion } from '../versions/version.repository.js';
import type { Version } from '../versions/version.js';

/** Marks a published version, or with null takes the mark away. A mark that is there keeps its time. */
export async function setDeprecation(
  tx: Transaction,
  id: VersionId,
  deprecation: { readonly reason: string; readonly successor: VersionName | null } | null,
): Promise<Version> {
  return updateVersion(
    tx,
    `SET deprecated_at = CASE WHEN $2::text IS NULL THEN NULL ELSE COALESCE(v.deprecated_at, now()) END,
         deprecation_reason = $2, deprecation_successor = $3
      WHERE v.id = $1 AND v.state = 'published'`,
    [id, deprecation?.reason ?? null, deprecation?.successor ?? null],
  );
}
