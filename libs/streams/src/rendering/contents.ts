import type { Steps } from '../steps.js';
import { comparePublication } from './order.js';
import type { ContentFacts, PublishedRoot } from './published-root.js';

/** One content for one client: what becomes a product. */
export interface PublishedContent {
  /** `<client>:<arch>:<fingerprint>` */
  readonly key: string;
  /** In Incus' spelling, as the content says it. */
  readonly architecture: string;
  /** The row of the first publication: it says which files these are and dates the product, and that never changes. */
  readonly first: PublishedRoot;
  /** Every row with these bytes, the first publication first. All of them give the product names. */
  readonly roots: readonly [PublishedRoot, ...PublishedRoot[]];
  /** What the content says of itself; undefined while no row knows. */
  readonly facts: ContentFacts | undefined;
}

/**
 * Groups rows by content. A client that reads one fingerprint twice cannot look it up at all, so the same bytes are one
 * product, whatever those who publish them call them: no row keeps another one out.
 */
export function* groupByContent(roots: readonly PublishedRoot[]): Steps<PublishedContent[]> {
  const groups = new Map<string, [PublishedRoot, ...PublishedRoot[]]>();
  for (const root of roots.toSorted(comparePublication)) {
    yield;
    const key = contentKey(root);
    const group = groups.get(key);
    if (group === undefined) {
      groups.set(key, [root]);
    } else {
      group.push(root);
    }
  }
  return [...groups.values()].map(toContent);
}

/** What rows with the same bytes for the same client have in common. */
export function contentKey({ client, fingerprint }: PublishedRoot): string {
  return `${client}:${fingerprint}`;
}

/** `roots` in the order of their publication. */
export function toContent(roots: PublishedContent['roots']): PublishedContent {
  const [first] = roots;
  const facts = roots.find(({ content }) => content !== undefined)?.content;
  // A publish is refused when the content does not say; what was published before that goes by its first publication.
  const architecture = facts?.architecture ?? first.architecture;
  return { key: `${first.client}:${architecture}:${first.fingerprint}`, architecture, first, roots, facts };
}
