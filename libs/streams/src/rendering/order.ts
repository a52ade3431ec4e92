import type { PublishedRoot } from './published-root.js';

/** Orders by UTF-16 code units: the same everywhere, whatever the locale. */
export function compareText(left: string, right: string): number {
  if (left === right) {
    return 0;
  }
  return left < right ? -1 : 1;
}

/** First published first; total, so that the order of the rows never shows in the documents. */
export function comparePublication(left: PublishedRoot, right: PublishedRoot): number {
  return (
    left.publishedAt.getTime() - right.publishedAt.getTime() ||
    compareText(left.versionId, right.versionId) ||
    compareText(left.artifactId, right.artifactId) ||
    compareText(left.client, right.client)
  );
}

/** The record with its keys in order. */
export function sortedRecord<Value>(record: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).sort(([left], [right]) => compareText(left, right)));
}
