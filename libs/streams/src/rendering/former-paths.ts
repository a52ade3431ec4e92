import { hexOf } from '@imgsrv/cas';
import { CLIENT_RULES } from '../clients.js';
import { findRootItemType, type ItemType } from '../item-types.js';
import type { PublishedContent } from './contents.js';
import { deltaPaths } from './delta-items.js';
import { possibleNames } from './file-names.js';
import { formerContents } from './former-contents.js';
import { fileStemOf, labelsOf } from './labels.js';
import type { StreamsFile, WithdrawnRoot } from './published-root.js';

/** How long a file is served under a name that the documents have no more; clients keep documents for an hour. */
export const KEPT_MS = 24 * 3_600_000;

/** The paths that files of a content had, each with the time from which on it is not served; without one, always. */
export function* formerPaths(
  content: PublishedContent,
  withdrawn: readonly WithdrawnRoot[],
): Generator<[string, Date | undefined]> {
  for (const path of deltaPaths(content)) {
    yield [path, undefined];
  }
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

/** The files of a content and what sort of item each is, the root first. */
export function filesOf({ first }: PublishedContent): [ItemType, StreamsFile][] {
  const rootType = findRootItemType(first.format);
  return [
    ...(rootType === undefined ? [] : [[rootType, first.root] as [ItemType, StreamsFile]]),
    ...(first.metadata === undefined
      ? []
      : [[CLIENT_RULES[first.client].metadata, first.metadata] as [ItemType, StreamsFile]]),
  ];
}
