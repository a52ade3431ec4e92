import { imagesDocument, indexDocument, type StreamsProduct } from '../rendering/documents.js';
import { listFiles, type ListedFiles } from '../rendering/listed-files.js';
import type { LeftOutRoot, ListedRoots, PublishedAlias } from '../rendering/published-root.js';
import { renderStreams } from '../rendering/render-streams.js';
import { runPaced, type Steps } from '../steps.js';
import { validateDocuments } from '../validation/validate-documents.js';
import { serializeDocument, type SerializedDocument } from '../surface/serialized-document.js';

export interface RenderedDocuments {
  readonly index: SerializedDocument;
  readonly images: SerializedDocument;
  /** What may be downloaded. */
  readonly files: ListedFiles;
  readonly products: number;
  readonly leftOut: readonly LeftOutRoot[];
  /** Why the documents must not be served; none when they may. */
  readonly problems: readonly string[];
}

/** How documents are made of what is published. */
export type DocumentRenderer = typeof renderDocuments;

/** Renders, validates and compresses both documents. */
export async function renderDocuments(
  roots: ListedRoots,
  aliases: readonly PublishedAlias[],
  now: Date,
): Promise<RenderedDocuments> {
  const { texts, ...rendered } = await runPaced(renderTexts(roots, aliases, now));
  const [index, images] = await Promise.all([
    serializeDocument(texts.index),
    serializeDocument(texts.images),
  ]);
  return { ...rendered, index, images };
}

function* renderTexts(
  roots: ListedRoots,
  aliases: readonly PublishedAlias[],
  now: Date,
): Steps<Omit<RenderedDocuments, 'index' | 'images'> & { texts: { index: string; images: string } }> {
  const { products, contents, leftOut } = yield* renderStreams(roots.published, aliases);
  const files = yield* listFiles(contents, products, now, roots.withdrawn);
  const index = indexDocument([...products.keys()]);
  const problems = yield* validateDocuments(index, imagesDocument(products));
  const images = yield* imagesText(products);
  const texts = { index: JSON.stringify(index), images };
  return { texts, files, products: products.size, leftOut, problems };
}

/** The JSON of `imagesDocument`, made product by product. */
export function* imagesText(products: ReadonlyMap<string, StreamsProduct>): Steps<string> {
  const members: string[] = [];
  for (const [key, product] of products) {
    yield;
    members.push(`${JSON.stringify(key)}:${JSON.stringify(product)}`);
  }
  const empty = JSON.stringify(imagesDocument(new Map()));
  return `${empty.slice(0, -'}}'.length)}${members.join(',')}}}`;
}
