import type { VersionId } from '@imgsrv/catalog';
import { comparePublication } from '../rendering/order.js';
import type { PublishedRoot } from '../rendering/published-root.js';
import type { ImageRows } from '../rows/image-rows.js';

/** The versions of an image beyond the newest so many that no alias names either. Nothing when there are none; 0 lists all. */
export function unlistedVersions(
  { published, aliases }: Pick<ImageRows, 'published' | 'aliases'>,
  visibleVersions: number,
): { readonly unlisted?: ReadonlySet<VersionId> } {
  const firsts = new Map<VersionId, PublishedRoot>();
  for (const root of published) {
    firsts.set(root.versionId, root);
  }
  if (visibleVersions === 0 || firsts.size <= visibleVersions) return {};
  const older = [...firsts.values()].sort(comparePublication).slice(0, -visibleVersions);
  const named = new Set(aliases.map(({ versionId }) => versionId));
  return { unlisted: new Set(older.map(({ versionId }) => versionId).filter((id) => !named.has(id))) };
}
