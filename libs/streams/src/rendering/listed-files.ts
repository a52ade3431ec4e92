import { hexOf } from '@imgsrv/cas';
import { CLIENT_RULES } from '../clients.js';
import { findRootItemType, type ItemType } from '../item-types.js';
import type { Steps } from '../steps.js';
import type { PublishedContent } from './contents.js';
import { FILES_PATH, type StreamsProduct } from './documents.js';
import { possibleNames } from './file-names.js';
import { fileStemOf, labelsOf } from './labels.js';
import type { StreamsFile } from './published-root.js';

/** How long a file is served under a name that the documents have no more; clients keep documents for an hour. */
const KEPT_MS = 24 * 3_600_000;

/**
 * The paths `<sha256 hex>/<name>` of all files that clients may ask for, each with the time from which on they may not;
 * those that are listed have none.
 */
export type ListedFiles = ReadonlyMap<string, Date | undefined>;

/**
 * The files of the products, and the names that files of these contents had before another image brought the same
 * bytes and the names became nobody's. No table is needed: rows are never changed, so what was listed when follows
 * from them.
 */
export function* listFiles(
  contents: readonly PublishedContent[],
  products: ReadonlyMap<string, StreamsProduct>,
  now: Date,
): Steps<ListedFiles> {
  const files = new Map<string, Date | undefined>();
  for (const content of contents) {
    yield;
    const product = products.get(content.key);
    if (product !== undefined) {
      for (const [path, until] of formerPaths(content, now)) {
        files.set(path, until);
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

/** Later ones, which are kept for longer, come last. */
function* formerPaths(content: PublishedContent, now: Date): Generator<[string, Date | undefined]> {
  const { roots, architecture, facts } = content;
  if (roots.every(({ image }) => image === roots[0].image)) {
    return;
  }
  let settledMs = 0;
  for (const [at, next] of roots.entries()) {
    settledMs = Math.max(settledMs, next.projectedAt.getTime(), next.publishedAt.getTime());
    const [first, ...others] = roots.slice(0, at);
    // What an earlier release projected is listed by it under the name of the first image as long as it runs.
    const until = facts === undefined ? undefined : new Date(settledMs + KEPT_MS);
    if (first === undefined || (until !== undefined && until <= now)) {
      continue;
    }
    const before = { architecture, facts, roots: [first, ...others] as const };
    const stem = fileStemOf(before, labelsOf(before));
    for (const [type, file] of filesOf(content)) {
      const hex = hexOf(file.digest);
      for (const name of possibleNames(stem, type.fileExtension, hex)) {
        yield [`${hex}/${name}`, until];
      }
    }
  }
}

function filesOf({ first }: PublishedContent): [ItemType, StreamsFile][] {
  const rootType = findRootItemType(first.format);
  return [
    ...(rootType === undefined ? [] : [[rootType, first.root] as [ItemType, StreamsFile]]),
    ...(first.metadata === undefined
      ? []
      : [[CLIENT_RULES[first.client].metadata, first.metadata] as [ItemType, StreamsFile]]),
  ];
}
