import type { Digest } from '@imgsrv/cas';
import { ChannelNotFoundError, type ChannelName, getChannel, MAX_CHANNELS } from '@imgsrv/catalog';
import type { Logger } from '@imgsrv/platform';
import { LRUCache } from 'lru-cache';
import { StreamsFileNotFoundError } from '../streams.errors.js';
import type { CatalogueRevision } from '../surface/catalogue-revision.js';
import { listPublishedAliases, listRootsOfChannel } from './catalogue.repository.js';
import { StreamsCatalogue, type StreamsDocuments } from './streams-catalogue.js';
import type { StreamsObserver } from './streams-observer.js';

/**
 * The surfaces of channels: each a catalogue of Simple Streams of its own. There is room for all channels that there can be, so that
 * whoever asks for many has none rendered more often than it changes; names that nobody made take none.
 */
export class ChannelStreams {
  private readonly catalogues = new LRUCache<ChannelName, StreamsCatalogue>({ max: MAX_CHANNELS });
  /** Asked for, and not known to exist yet. */
  private readonly beginning = new Map<ChannelName, StreamsCatalogue>();
  private readonly observer: StreamsObserver;

  constructor(
    private readonly revision: CatalogueRevision,
    /** Of everything published. */
    private readonly whole: StreamsCatalogue,
    observer: StreamsObserver,
    private readonly logger: Logger,
  ) {
    // The figures of documents are those of the whole catalogue.
    this.observer = {
      rendered: () => undefined,
      rejected: () => {
        observer.rejected();
      },
    };
  }

  /** Rejects with ChannelNotFoundError, and as `StreamsCatalogue.documents` does. */
  async documents(channel: ChannelName): Promise<StreamsDocuments> {
    const catalogue = this.catalogueOf(channel);
    try {
      const documents = await catalogue.documents();
      this.catalogues.set(channel, catalogue);
      return documents;
    } catch (error) {
      if (error instanceof ChannelNotFoundError) this.catalogues.delete(channel);
      throw error;
    } finally {
      this.beginning.delete(channel);
    }
  }

  /**
   * As `StreamsCatalogue.getFile`. A client that goes by a list from before the alias moved finds the file under the name that
   * the whole catalogue has for it.
   */
  async getFile(channel: ChannelName, hex: string, fileName: string): Promise<Digest> {
    await this.documents(channel);
    try {
      return await this.catalogueOf(channel).getFile(hex, fileName);
    } catch (error) {
      if (error instanceof StreamsFileNotFoundError) return this.whole.getFile(hex, fileName);
      throw error;
    }
  }

  private catalogueOf(channel: ChannelName): StreamsCatalogue {
    const known = this.catalogues.get(channel) ?? this.beginning.get(channel);
    if (known !== undefined) {
      return known;
    }
    const made = new StreamsCatalogue(this.revision, this.observer, this.logger, {
      read: async (connection) => {
        const roots = await listRootsOfChannel(connection, await getChannel(connection, channel));
        const shown = new Set(roots.published.map(({ versionId }) => versionId));
        const aliases = await listPublishedAliases(connection);
        // The bare name of an image is that of what is shown of it, wherever `latest` is.
        return { roots, aliases: aliases.filter(({ versionId }) => shown.has(versionId)) };
      },
    });
    this.beginning.set(channel, made);
    return made;
  }
}
