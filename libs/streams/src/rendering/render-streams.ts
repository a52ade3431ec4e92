import type { Steps } from '../steps.js';
import { productProblems } from '../validation/product-problems.js';
import { aliasesByProduct } from './alias-claims.js';
import { groupByContent, type PublishedContent } from './contents.js';
import type { StreamsProduct } from './documents.js';
import { FileNames } from './file-names.js';
import { compareText } from './order.js';
import { renderProduct } from './product.js';
import type { LeftOutRoot, PublishedAlias, PublishedRoot } from './published-root.js';
import { rootProblem } from './root-problem.js';

export interface RenderedStreams {
  /** By key, in the order of the keys. */
  readonly products: ReadonlyMap<string, StreamsProduct>;
  /** What the products are made of, the first published first; one that could not be rendered has no product. */
  readonly contents: readonly PublishedContent[];
  /** Rows that are not in the documents, and why. */
  readonly leftOut: readonly LeftOutRoot[];
}

/**
 * Makes the products of everything published. Pure: the same rows and aliases in any order give the same products in
 * the same order. A row that cannot be rendered is left out and never breaks the others.
 */
export function* renderStreams(
  roots: readonly PublishedRoot[],
  aliases: readonly PublishedAlias[],
): Steps<RenderedStreams> {
  const leftOut: LeftOutRoot[] = [];
  const sound: PublishedRoot[] = [];
  for (const root of roots) {
    yield;
    const reason = rootProblem(root);
    if (reason === undefined) {
      sound.push(root);
    } else {
      leftOut.push({ artifactId: root.artifactId, client: root.client, reason });
    }
  }
  const contents = yield* groupByContent(sound);
  const products = yield* renderProducts(contents, aliases, leftOut);
  return { products, contents, leftOut };
}

function* renderProducts(
  contents: readonly PublishedContent[],
  aliases: readonly PublishedAlias[],
  leftOut: LeftOutRoot[],
): Steps<ReadonlyMap<string, StreamsProduct>> {
  const aliasesOf = yield* aliasesByProduct(contents, aliases);
  const names = new FileNames();
  const products: [string, StreamsProduct][] = [];
  for (const content of contents) {
    yield;
    const product = renderProduct(content, aliasesOf.get(content.key) ?? [], names);
    const [problem] = productProblems(product);
    if (problem === undefined) {
      products.push([content.key, product]);
    } else {
      leftOut.push(...rootsOf(content, problem));
    }
  }
  return new Map(products.sort(([left], [right]) => compareText(left, right)));
}

function rootsOf(content: PublishedContent, reason: string): LeftOutRoot[] {
  return content.roots.map(({ artifactId, client }) => ({ artifactId, client, reason }));
}
