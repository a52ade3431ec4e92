import { digestOfHex, type Digest } from '@imgsrv/cas';
import type { Database, Logger } from '@imgsrv/platform';
import type { ListedFiles } from '../rendering/listed-files.js';
import type { LeftOutRoot } from '../rendering/published-root.js';
import { StreamsDocumentsInvalidError, StreamsFileNotFoundError } from '../streams.errors.js';
import { listPublishedAliases, listPublishedRoots, readRevision } from './catalogue.repository.js';
import { type DocumentRenderer, renderDocuments, type RenderedDocuments } from './render-documents.js';
import type { SerializedDocument } from '../surface/serialized-document.js';
import { SharedRun } from '../surface/shared-run.js';
import type { StreamsObserver } from './streams-observer.js';

/** Both documents, always of one revision. */
export interface StreamsDocuments {
  readonly revision: number;
  readonly lastModified: Date;
  readonly index: SerializedDocument;
  readonly images: SerializedDocument;
  /** What may be downloaded: what these documents list, or documents of the last day did. */
  readonly files: ListedFiles;
}

/** Serves what is published to Simple Streams clients, from memory as long as nothing changes. */
export class StreamsCatalogue {
  private served: StreamsDocuments | undefined;
  private rendering: Promise<StreamsDocuments> | undefined;
  private leftOut: ReadonlySet<string> = new Set();
  private readonly revisions: SharedRun<number>;

  constructor(
    private readonly database: Database,
    private readonly observer: StreamsObserver,
    private readonly logger: Logger,
    private readonly renderer: DocumentRenderer = renderDocuments,
  ) {
    this.revisions = new SharedRun(() =>
      this.database.use(async (connection) => (await readRevision(connection)).revision),
    );
  }

  /**
   * The documents with everything that was committed before the call. However many callers there are, one query asks
   * for the revision at a time and one rendering runs. Rejects with DependencyUnavailableError while the database is
   * away, and with StreamsDocumentsInvalidError when there is nothing sound to serve.
   */
  async documents(): Promise<StreamsDocuments> {
    const revision = await this.revisions.run();
    if (this.served?.revision === revision) {
      return this.served;
    }
    const shared = await this.sharedRender();
    // A rendering that had begun earlier may have missed the revision; one that begins now cannot.
    return shared.revision < revision ? this.sharedRender() : shared;
  }

  /**
   * The digest of a file by its sha256 in hex and a name that the documents list for it, or did within a day. Rejects
   * with StreamsFileNotFoundError for everything else, and as `documents` does.
   */
  async getFile(hex: string, fileName: string): Promise<Digest> {
    const { files } = await this.documents();
    const path = `${hex}/${fileName}`;
    const until = files.get(path);
    if (!files.has(path) || (until !== undefined && until <= new Date())) {
      throw new StreamsFileNotFoundError();
    }
    return digestOfHex(hex);
  }

  private sharedRender(): Promise<StreamsDocuments> {
    this.rendering ??= this.render().finally(() => {
      this.rendering = undefined;
    });
    return this.rendering;
  }

  private async render(): Promise<StreamsDocuments> {
    const startedAt = performance.now();
    const { revision, advancedAt, roots, aliases } = await this.database.snapshot(async (connection) => ({
      ...(await readRevision(connection)),
      roots: await listPublishedRoots(connection),
      aliases: await listPublishedAliases(connection),
    }));
    let rendered: RenderedDocuments;
    try {
      rendered = await this.renderer(roots, aliases, new Date());
    } catch (error) {
      return this.keep(revision, { err: error });
    }
    if (rendered.problems.length > 0) {
      return this.keep(revision, { problems: rendered.problems });
    }
    const { index, images, files } = rendered;
    this.served = { revision, lastModified: advancedAt, index, images, files };
    this.report(rendered, performance.now() - startedAt);
    return this.served;
  }

  /** Goes on with the documents before, and does not try again until something changes. */
  private keep(revision: number, fault: Readonly<Record<string, unknown>>): StreamsDocuments {
    this.observer.rejected();
    this.logger.error(
      { revision, ...fault },
      'new Simple Streams documents are not as clients need them and are not served',
    );
    if (this.served === undefined) {
      throw new StreamsDocumentsInvalidError();
    }
    this.served = { ...this.served, revision };
    return this.served;
  }

  private report({ products, leftOut, images }: RenderedDocuments, durationMs: number): void {
    this.observer.rendered({
      durationMs,
      products,
      leftOut: leftOut.length,
      sizeBytes: images.plain.length,
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

function keyOf({ artifactId, client, reason }: LeftOutRoot): string {
  return `${artifactId} ${client} ${reason}`;
}
