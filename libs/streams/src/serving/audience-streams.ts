import { type Audience, audienceOf, isEverybody } from '@imgsrv/catalog';
import type { Logger } from '@imgsrv/platform';
import type { CatalogueRevision } from '../surface/catalogue-revision.js';
import { CatalogueRows } from '../rows/catalogue-rows.js';
import { audienceView } from '../views/streams-view.js';
import { KeptCatalogues } from './kept-catalogues.js';
import { StreamsCatalogue } from './streams-catalogue.js';
import { rejectionsOnly, type StreamsObserver } from './streams-observer.js';

/** Audiences besides everybody whose documents are kept; those that were not asked for the longest go first. */
export const MOST_AUDIENCES = 16;

/** What each audience is shown of everything published. Readers with equal grants share one catalogue. */
export class AudienceStreams {
  private readonly everybody: StreamsCatalogue;
  private readonly others = new KeptCatalogues<StreamsCatalogue>(MOST_AUDIENCES);

  readonly rows: CatalogueRows;

  /** The figures of documents are those of what everybody sees. */
  constructor(
    revision: CatalogueRevision,
    private readonly observer: StreamsObserver,
    private readonly logger: Logger,
    /** As in `audienceView`. */
    private readonly visibleVersions = 0,
  ) {
    this.rows = new CatalogueRows(revision);
    this.everybody = this.make(audienceOf('anyone'), observer);
  }

  of(audience: Audience): StreamsCatalogue {
    if (isEverybody(audience)) {
      return this.everybody;
    }
    const key = audience.join(' ');
    const known = this.others.get(key) ?? this.make(audience, rejectionsOnly(this.observer));
    this.others.keep(key, known);
    return known;
  }

  private make(audience: Audience, observer: StreamsObserver): StreamsCatalogue {
    return new StreamsCatalogue(this.rows, observer, this.logger, {
      findView: audienceView(audience, this.visibleVersions),
    });
  }
}
