import type { Steps } from '../steps.js';
import { imagesDocument, indexDocument } from './documents.js';
import { listFiles, type ListedFiles } from './listed-files.js';
import type { LeftOutRoot, ListedRoots, PublishedAlias } from './published-root.js';
import { renderStreams } from './render-streams.js';

/** Both documents as texts, and the files that may be downloaded. */
export interface WholeDocuments {
  readonly index: string;
  readonly images: string;
  readonly files: ListedFiles;
  readonly leftOut: readonly LeftOutRoot[];
}

/** Renders everything at once: what documents are, whatever changed before. */
export function* wholeDocuments(
  roots: ListedRoots,
  aliases: readonly PublishedAlias[],
  now: Date,
): Steps<WholeDocuments> {
  const { products, contents, leftOut } = yield* renderStreams(roots.published, aliases);
  const files = yield* listFiles(contents, products, now, roots.withdrawn);
  const index = JSON.stringify(indexDocument([...products.keys()]));
  return { index, images: JSON.stringify(imagesDocument(products)), files, leftOut };
}
