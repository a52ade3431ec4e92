import {
  type Database,
  decodeCursor,
  encodeCursor,
  type Page,
  type PageRequest,
  toPage,
} from '@imgsrv/platform';
import { IMAGE_NAME } from '../names/names.js';
import { audienceOf, type Viewer } from '../visibility.js';
import { type ImageOverview, MOST_SEARCHED_WORDS, type UnpublishedVersion } from './image-overview.js';
import { listOverviews, listUnpublished } from './overview.repository.js';

/** Lists for people who look around: each is one statement, however many images it shows. */
export class Overviews {
  constructor(private readonly database: Database) {}

  /**
   * Published images that the viewer sees, by name, only those whose name, display name or description has every word of `search`, in any case
   * and anywhere. Throws InvalidCursorError.
   */
  async list(search: string, viewer: Viewer, page: PageRequest): Promise<Page<ImageOverview>> {
    const [after] = decodeCursor(page.cursor, [IMAGE_NAME.pattern]);
    const words = wordsOf(search);
    const overviews = await this.database.use((connection) =>
      listOverviews(connection, words, audienceOf(viewer), page.limit + 1, after),
    );
    return toPage(
      overviews,
      page.limit,
      (overview) => overview,
      ({ image }) => encodeCursor([image.name]),
    );
  }

  /** Versions that are not published yet, of all images whose drafts the viewer sees; newest first. */
  listUnpublished(viewer: Viewer, limit: number): Promise<UnpublishedVersion[]> {
    return this.database.use((connection) => listUnpublished(connection, viewer, limit));
  }
}

function wordsOf(search: string): string[] {
  return search.split(/\s+/).filter(Boolean).slice(0, MOST_SEARCHED_WORDS);
}
