import { hexOf } from '@imgsrv/cas';
import { CLIENT_RULES } from '../clients.js';
import { findRootItemType, type ItemType } from '../item-types.js';
import type { Steps } from '../steps.js';
import { contentKey, type PublishedContent } from './contents.js';
import { FILES_PATH, type StreamsProduct } from './documents.js';
import { possibleNames } from './file-names.js';
import { formerContents } from './former-contents.js';
import { fileStemOf, labelsOf } from './labels.js';
import type { StreamsFile, WithdrawnRoot } from './published-root.js';

/** How long a file is served under a name that the documents have no more; clients keep documents for an hour. */
export const KEPT_MS = 24 * 3_600_000;

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

function* formerPaths(
  content: PublishedContent,
  withdrawn: readonly WithdrawnRoot[],
): Generator<[string, Date | undefined]> {
  for (const { content: former, endedMs, byPublication } of formerContents(content, withdrawn)) {
    // What an earlier release projected is listed by it under the name of the first image as long as it runs.
    const until = byPublication && content.facts === undefined ? undefined : new Date(endedMs + KEPT_MS);
    const stem = fileStemOf(former, labelsOf(former));
    for (const [type, file] of filesOf(content)) {
      const hex = hexOf(file.digest);
      for (const name of possibleNames(stem, type.fileExtension, hex)) {
        yield [`${hex}/${name}`, until];
      }
    }
  }
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

function filesOf({ first }: PublishedContent): [ItemType, StreamsFile][] {
  const rootType = findRootItemType(first.format);
  return [
    ...(rootType === undefined ? [] : [[rootType, first.root] as [ItemType, StreamsFile]]),
    ...(first.metadata === undefined
      ? []
      : [[CLIENT_RULES[first.client].metadata, first.metadata] as [ItemType, StreamsFile]]),
  ];
}
