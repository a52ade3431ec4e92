import { digestOfHex, type Digest } from '@imgsrv/cas';
import { audienceOf } from '@imgsrv/catalog';
import type { Logger } from '@imgsrv/platform';
import type { LeftOutRoot } from '../rendering/published-root.js';
import type { CatalogueRows, RowsAt } from '../rows/catalogue-rows.js';
import { StreamsDocumentsInvalidError, StreamsFileNotFoundError } from '../streams.errors.js';
import { type Shown, Surface } from '../surface/surface.js';
import { audienceView, type FindView, type StreamsView } from '../views/streams-view.js';
import type { StreamsObserver } from './streams-observer.js';
import { type RenderedDocuments, ViewDocuments } from './view-documents.js';

/** Both documents and the files that may be downloaded, always of one revision. */
export type StreamsDocuments = Shown<RenderedDocuments>;

interface Source {
  readonly rows: RowsAt;
  readonly view: StreamsView;
}

/** Everything that everybody may see, unless it is another view. */
interface CatalogueOptions {
  readonly findView?: FindView;
  readonly makeDocuments?: (view: StreamsView) => Pick<ViewDocuments, 'key' | 'update'>;
}

/** The surface of Simple Streams: a view of what is published, as Incus and LXD read it. */
export class StreamsCatalogue {
  /** How many products it holds. */
  products = 0;
  private leftOut: ReadonlySet<string> = new Set();
  private readonly surface: Surface<Source, RenderedDocuments>;
  private readonly makeDocuments: NonNullable<CatalogueOptions['makeDocuments']>;
  private made: ReturnType<typeof this.makeDocuments> | undefined;

  constructor(
    rows: CatalogueRows,
    private readonly observer: StreamsObserver,
    private readonly logger: Logger,
    options: CatalogueOptions = {},
  ) {
    const { findView = audienceView(audienceOf('anyone')) } = options;
    this.makeDocuments = options.makeDocuments ?? ((view) => new ViewDocuments(view));
    this.surface = new Surface(rows.revision, {
      read: async () => {
        const read = await rows.current();
        return { ...read, source: { rows: read, view: findView(read) } };
      },
      render: (source) => this.render(source),
      rendered: (documents, durationMs) => {
        this.report(documents, durationMs);
      },
      rejected: (fault, revision) => this.reject(fault, revision),
    });
  }

  /** As `Surface.current`; rejects with StreamsDocumentsInvalidError when there is nothing sound to serve. */
  documents(): Promise<StreamsDocuments> {
    return this.surface.current();
  }

  /**
   * The digest of a file by its sha256 in hex and a name that the documents list for it, or did within a day. Rejects
   * with StreamsFileNotFoundError for everything else, and as `documents` does.
   */
  async getFile(hex: string, fileName: string): Promise<Digest> {
    const { isServed } = await this.documents();
    if (!isServed(`${hex}/${fileName}`, new Date())) {
      throw new StreamsFileNotFoundError();
    }
    return digestOfHex(hex);
  }

  private async render({ rows, view }: Source): Promise<RenderedDocuments> {
    const documents = this.made?.key === view.key ? this.made : this.makeDocuments(view);
    this.made = undefined;
    const rendered = await documents.update(rows.images);
    // One that failed is not kept: the next begins with nothing.
    this.made = documents;
    this.products = rendered.products;
    return rendered;
  }

  private reject(fault: unknown, revision: number): StreamsDocumentsInvalidError {
    this.observer.rejected();
    this.logger.error(
      { revision, err: fault },
      'new Simple Streams documents cannot be rendered and are not served',
    );
    return new StreamsDocumentsInvalidError();
  }

  private report({ products, leftOut, images }: RenderedDocuments, durationMs: number): void {
    this.observer.rendered({
      durationMs,
      products,
      leftOut: leftOut.length,
      sizeBytes: images.sizeBytes,
    });
    for (const row of leftOut.filter((row) => !this.leftOut.has(keyOf(row)))) {
      this.logger.error(
        { artifact_id: row.artifactId, client: row.client, reason: row.reason },
        'an artifact is left out of Simple Streams',
      );
    }
    this.leftOut = new Set(leftOut.map(keyOf));
  }
}

/** All that is published of the images of an audience. */
function keyOf({ artifactId, client, reason }: LeftOutRoot): string {
  return `${artifactId} ${client} ${reason}`;
}
