import type { Digest } from '@imgsrv/cas';
import {
  type Audience,
  ChannelNotFoundError,
  type ChannelName,
  isEverybody,
  MAX_CHANNELS,
} from '@imgsrv/catalog';
import type { Logger } from '@imgsrv/platform';
import { StreamsFileNotFoundError } from '../streams.errors.js';
import { channelView } from '../views/streams-view.js';
import { type AudienceStreams, MOST_AUDIENCES } from './audience-streams.js';
import { KeptCatalogues } from './kept-catalogues.js';
import { StreamsCatalogue, type StreamsDocuments } from './streams-catalogue.js';
import { rejectionsOnly, type StreamsObserver } from './streams-observer.js';

/** Whom a channel is shown to. */
export interface ShownChannel {
  readonly channel: ChannelName;
  readonly audience: Audience;
}

/**
 * The surfaces of channels: each a catalogue of Simple Streams of its own. There is room for all channels that there can be, as
 * everybody sees them, so that whoever asks for many has none rendered more often than it changes; names that nobody made take none.
 */
export class ChannelStreams {
  private readonly forEverybody = new KeptCatalogues<StreamsCatalogue>(MAX_CHANNELS);
  private readonly forOthers = new KeptCatalogues<StreamsCatalogue>(MOST_AUDIENCES);
  /** Asked for, and not known to exist yet. */
  private readonly beginning = new Map<string, StreamsCatalogue>();

  constructor(
    /** Of everything published. */
    private readonly whole: AudienceStreams,
    private readonly observer: StreamsObserver,
    private readonly logger: Logger,
  ) {}

  /** Rejects with ChannelNotFoundError, and as `StreamsCatalogue.documents` does. */
  async documents(channel: ChannelName, audience: Audience): Promise<StreamsDocuments> {
    const key = keyOf({ channel, audience });
    const catalogue = this.catalogueOf({ channel, audience });
    try {
      const documents = await catalogue.documents();
      this.cacheFor(audience).keep(key, catalogue);
      return documents;
    } catch (error) {
      if (error instanceof ChannelNotFoundError) this.cacheFor(audience).drop(key);
      throw error;
    } finally {
      this.beginning.delete(key);
    }
  }

  /**
   * As `StreamsCatalogue.getFile`. A client that goes by a list from before the alias moved finds the file under the name that
   * the whole catalogue has for it.
   */
  async getFile(
    shown: ShownChannel,
    { hex, fileName }: { readonly hex: string; readonly fileName: string },
  ): Promise<Digest> {
    await this.documents(shown.channel, shown.audience);
    try {
      return await this.catalogueOf(shown).getFile(hex, fileName);
    } catch (error) {
      if (error instanceof StreamsFileNotFoundError) {
        return this.whole.of(shown.audience).getFile(hex, fileName);
      }
      throw error;
    }
  }

  private cacheFor(audience: Audience): KeptCatalogues<StreamsCatalogue> {
    return isEverybody(audience) ? this.forEverybody : this.forOthers;
  }

  private catalogueOf(shown: ShownChannel): StreamsCatalogue {
    const key = keyOf(shown);
    const known = this.cacheFor(shown.audience).get(key) ?? this.beginning.get(key);
    if (known !== undefined) {
      return known;
    }
    const { channel, audience } = shown;
    // The figures of documents are those of the whole catalogue.
    const made = new StreamsCatalogue(this.whole.rows, rejectionsOnly(this.observer), this.logger, {
      findView: channelView(channel, audience),
    });
    this.beginning.set(key, made);
    return made;
  }
}

function keyOf({ channel, audience }: ShownChannel): string {
  return [channel, ...audience].join(' ');
}
