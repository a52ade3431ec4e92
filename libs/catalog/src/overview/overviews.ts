import { type Database, type Page, type PageRequest, toPage } from '@imgsrv/platform';
import { decodeImageCursor, encodeImageCursor, type ImageSearch } from '../search/image-search.js';
import { audienceOf, type Viewer } from '../visibility.js';
import type { ImageOverview, UnpublishedVersion } from './image-overview.js';
import { listOverviews, listUnpublished, toOverview } from './overview.repository.js';

/** Lists for people who look around: each is one statement, however many images it shows. */
export class Overviews {
  constructor(private readonly database: Database) {}

  /** Published images that the viewer sees, as `Images.list` finds them. Throws InvalidCursorError. */
  async list(search: ImageSearch, viewer: Viewer, page: PageRequest): Promise<Page<ImageOverview>> {
    const { sort = 'name' } = search;
    const after = decodeImageCursor(page.cursor, sort);
    const rows = await this.database.use((connection) =>
      listOverviews(connection, search, audienceOf(viewer), page.limit + 1, after),
    );
    return toPage(rows, page.limit, toOverview, (row) => encodeImageCursor(row, sort));
  }

  /** Versions that are not published yet, of all images whose drafts the viewer sees; newest first. */
  listUnpublished(viewer: Viewer, limit: number): Promise<UnpublishedVersion[]> {
    return this.database.use((connection) => listUnpublished(connection, viewer, limit));
  }
}
