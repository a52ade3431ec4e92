import { imagesDocument, indexDocument } from '../rendering/documents.js';
import type { LeftOutRoot, PublishedAlias, PublishedRoot } from '../rendering/published-root.js';
import { renderStreams } from '../rendering/render-streams.js';
import { validateDocuments } from '../validation/validate-documents.js';
import { serializeDocument, type SerializedDocument } from './serialized-document.js';

export interface RenderedDocuments {
  readonly index: SerializedDocument;
  readonly images: SerializedDocument;
  readonly products: number;
  readonly leftOut: readonly LeftOutRoot[];
  /** Why the documents must not be served; none when they may. */
  readonly problems: readonly string[];
}

/** Renders, validates and compresses both documents. */
export async function renderDocuments(
  roots: readonly PublishedRoot[],
  aliases: readonly PublishedAlias[],
): Promise<RenderedDocuments> {
  const { products, leftOut } = renderStreams(roots, aliases);
  const index = indexDocument([...products.keys()]);
  const images = imagesDocument(products);
  const problems = validateDocuments(index, images);
  return {
    index: await serializeDocument(Buffer.from(JSON.stringify(index))),
    images: await serializeDocument(Buffer.from(JSON.stringify(images))),
    products: products.size,
    leftOut,
    problems,
  };
}
