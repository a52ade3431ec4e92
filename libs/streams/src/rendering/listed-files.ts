import type { Steps } from '../steps.js';
import { contentKey, type PublishedContent } from './contents.js';
import { FILES_PATH, type StreamsProduct } from './documents.js';
import { formerPaths } from './former-paths.js';
import type { WithdrawnRoot } from './published-root.js';

/**
 * The paths `<sha256 hex>/<name>` of all files that clients may ask for, each with the time from which on they may not;
 * those that are listed have none.
 */
export type ListedFiles = ReadonlyMap<string, Date | undefined>;

/**
 * The files of the products, and the names that files of these contents had until lately: before another image brought the
 * same bytes and the names became nobody's, or before one of those that had them was withdrawn or restored.
 */
export function* listFiles(
  contents: readonly PublishedContent[],
  products: ReadonlyMap<string, StreamsProduct>,
  now: Date,
  withdrawn: readonly WithdrawnRoot[] = [],
): Steps<ListedFiles> {
  const files = new Map<string, Date | undefined>();
  const withdrawnOf = groupWithdrawn(withdrawn);
  for (const content of contents) {
    yield;
    if (products.has(content.key)) {
      for (const [path, until] of formerPaths(content, withdrawnOf.get(contentKey(content.first)) ?? [])) {
        if (isLater(until, now) && (!files.has(path) || isLater(until, files.get(path)))) {
          files.set(path, until);
        }
      }
    }
  }
  for (const { versions } of products.values()) {
    yield;
    for (const { items } of Object.values(versions)) {
      for (const { path } of Object.values(items)) {
        files.set(path.slice(FILES_PATH.length + 1), undefined);
      }
    }
  }
  return files;
}

function groupWithdrawn(roots: readonly WithdrawnRoot[]): ReadonlyMap<string, readonly WithdrawnRoot[]> {
  const groups = new Map<string, WithdrawnRoot[]>();
  for (const root of roots) {
    const key = contentKey(root);
    groups.set(key, [...(groups.get(key) ?? []), root]);
  }
  return groups;
}

/** Of two ends, an absent one is never. */
function isLater(until: Date | undefined, other: Date | undefined): boolean {
  return other !== undefined && (until === undefined || until > other);
}
