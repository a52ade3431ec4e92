import type { Steps } from '../steps.js';
import { comparePublication } from './order.js';
import type { LeftOutRoot, PublishedRoot } from './published-root.js';

/** One content for one client: what becomes a product. */
export interface PublishedContent {
  /** `<client>:<arch>:<fingerprint>` */
  readonly key: string;
  /** The row of the first publication: it says what the product is called and dated, and that never changes. */
  readonly first: PublishedRoot;
  /** Every row with these bytes, the first publication first. All of them give the product names. */
  readonly roots: readonly PublishedRoot[];
}

/**
 * Groups rows by content. A client that reads one fingerprint twice cannot look it up at all, so the same bytes are one
 * product, however often they were published; rows that call them something else than the first did are left out.
 */
export function* groupByContent(
  roots: readonly PublishedRoot[],
): Steps<{ contents: PublishedContent[]; leftOut: LeftOutRoot[] }> {
  const groups = new Map<string, [PublishedRoot, ...PublishedRoot[]]>();
  const leftOut: LeftOutRoot[] = [];
  for (const root of roots.toSorted(comparePublication)) {
    yield;
    const key = `${root.client}:${root.fingerprint}`;
    const group = groups.get(key);
    if (group === undefined) {
      groups.set(key, [root]);
    } else if (root.architecture === group[0].architecture && root.imageType === group[0].imageType) {
      group.push(root);
    } else {
      leftOut.push({ artifactId: root.artifactId, client: root.client, reason: listedAs(group[0]) });
    }
  }
  const contents = [...groups.values()].map((group) => ({
    key: productKey(group[0]),
    first: group[0],
    roots: group,
  }));
  return { contents, leftOut };
}

/** Why bytes that are listed already cannot be listed as something else. */
export function listedAs(first: Pick<PublishedRoot, 'imageType' | 'architecture'>): string {
  return `The same bytes are listed as a ${first.imageType} for ${first.architecture} already, and clients refuse to list them twice.`;
}

function productKey(root: PublishedRoot): string {
  return `${root.client}:${root.architecture}:${root.fingerprint}`;
}
