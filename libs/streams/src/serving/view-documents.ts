import type { LeftOutRoot } from '../rendering/published-root.js';
import { ChunkedDocuments, type Documents } from '../rendering/incremental/chunked-documents.js';
import { IncrementalProducts } from '../rendering/incremental/incremental-products.js';
import type { ImageRows } from '../rows/image-rows.js';
import { runPaced } from '../steps.js';
import type { StreamsView } from '../views/streams-view.js';

export interface RenderedDocuments extends Documents {
  /** Whether a file may be downloaded, by its path `<sha256 hex>/<name>`. */
  readonly isServed: (path: string, now: Date) => boolean;
  readonly leftOut: readonly LeftOutRoot[];
}

/** The documents of one view. What an update does not touch is neither rendered nor compressed again. */
export class ViewDocuments {
  private readonly products = new IncrementalProducts();
  private readonly chunks = new ChunkedDocuments();
  private images: ReadonlyMap<string, ImageRows> = new Map();
  private rendered: RenderedDocuments | undefined;

  constructor(private readonly view: StreamsView) {}

  get key(): string {
    return this.view.key;
  }

  /** Renders what changed since the update before. One at a time; after one that failed this is of no use any more. */
  async update(images: ReadonlyMap<string, ImageRows>): Promise<RenderedDocuments> {
    const changes = new Map(
      [...changesBetween(this.images, images)].map(([id, rows]) => [id, rows && this.view.select(rows)]),
    );
    this.images = images;
    const changed = await runPaced(this.products.update(changes));
    const leftOut = this.products.leftOut();
    if (this.rendered !== undefined && changed.size === 0) {
      this.rendered = { ...this.rendered, leftOut };
      return this.rendered;
    }
    const documents = await this.chunks.update(changed);
    const { paths } = this.products;
    this.rendered = { ...documents, leftOut, isServed: (path, now) => paths.isServed(path, now) };
    return this.rendered;
  }
}

function changesBetween(
  earlier: ReadonlyMap<string, ImageRows>,
  later: ReadonlyMap<string, ImageRows>,
): Map<string, ImageRows | undefined> {
  const changes = new Map<string, ImageRows | undefined>();
  for (const [id, rows] of later) {
    if (earlier.get(id) !== rows) changes.set(id, rows);
  }
  for (const id of earlier.keys()) {
    if (!later.has(id)) changes.set(id, undefined);
  }
  return changes;
}
