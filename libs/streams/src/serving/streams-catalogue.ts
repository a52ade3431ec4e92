import { digestOfHex, type Digest } from '@imgsrv/cas';
import { type Audience, audienceOf } from '@imgsrv/catalog';
import type { Connection, Logger } from '@imgsrv/platform';
import type { LeftOutRoot, ListedRoots, PublishedAlias } from '../rendering/published-root.js';
import { StreamsDocumentsInvalidError, StreamsFileNotFoundError } from '../streams.errors.js';
import type { CatalogueRevision } from '../surface/catalogue-revision.js';
import { type Shown, Surface } from '../surface/surface.js';

import { listPublishedAliases, listRoots } from './catalogue.repository.js';
import { type DocumentRenderer, renderDocuments, type RenderedDocuments } from './render-documents.js';
import type { StreamsObserver } from './streams-observer.js';

/** Both documents and the files that may be downloaded, always of one revision. */
export type StreamsDocuments = Shown<RenderedDocuments>;

export interface Published {
  readonly roots: ListedRoots;
  readonly aliases: readonly PublishedAlias[];
}

/** What a catalogue shows: all that everybody may see, unless it reads something else. */
interface StreamsSource {
  readonly read?: (connection: Connection) => Promise<Published>;
  readonly renderer?: DocumentRenderer;
}

/** The surface of Simple Streams: what is published, as Incus and LXD read it. */
export class StreamsCatalogue {
  private leftOut: ReadonlySet<string> = new Set();
  private readonly surface: Surface<Published, RenderedDocuments>;

  constructor(
    revision: CatalogueRevision,
    private readonly observer: StreamsObserver,
    private readonly logger: Logger,
    { read = publishedTo(audienceOf('anyone')), renderer = renderDocuments }: StreamsSource = {},
  ) {
    this.surface = new Surface(revision, {
      read,
      render: async ({ roots, aliases }, now) => requireSound(await renderer(roots, aliases, now)),
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
    const { files } = await this.documents();
    const path = `${hex}/${fileName}`;
    const until = files.get(path);
    if (!files.has(path) || (until !== undefined && until <= new Date())) {
      throw new StreamsFileNotFoundError();
    }
    return digestOfHex(hex);
  }

  private reject(fault: unknown, revision: number): StreamsDocumentsInvalidError {
    this.observer.rejected();
    this.logger.error(
      { revision, ...(fault instanceof UnsoundDocuments ? { problems: fault.problems } : { err: fault }) },
      'new Simple Streams documents are invalid and are not served',
    );
    return new StreamsDocumentsInvalidError();
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

/** All that is published of the images of an audience. */
export function publishedTo(audience: Audience): (connection: Connection) => Promise<Published> {
  return async (connection) => ({
    roots: await listRoots(connection, audience),
    aliases: await listPublishedAliases(connection),
  });
}

/** Documents that were rendered and that clients could not read. */
class UnsoundDocuments extends Error {
  constructor(readonly problems: readonly string[]) {
    super('rendered documents are not sound');
  }
}

function requireSound(documents: RenderedDocuments): RenderedDocuments {
  if (documents.problems.length > 0) {
    throw new UnsoundDocuments(documents.problems);
  }
  return documents;
}

function keyOf({ artifactId, client, reason }: LeftOutRoot): string {
  return `${artifactId} ${client} ${reason}`;
}
