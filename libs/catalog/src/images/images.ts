import { type ChangeRecorder, type Database, type Page, type PageRequest, toPage } from '@imgsrv/platform';
import { ImageExistsError, ImageNotEmptyError } from '../catalog.errors.js';
import { parseDescription, parseDisplayName } from '../names/display-text.js';
import { IMAGE_NAME } from '../names/names.js';
import { refuseArchitectureName } from '../names/reserved-names.js';
import { imageResource } from '../resources.js';
import { decodeImageCursor, encodeImageCursor, type ImageSearch } from '../search/image-search.js';
import { listImages } from '../search/image-search.repository.js';
import { audienceOf, type Viewer, type Visibility } from '../visibility.js';
import type { Image, ImageChanges, NewImage } from './image.js';
import {
  deleteImage,
  getImage,
  insertImage,
  lockImage,
  lockImageToDelete,
  lockVersionsOf,
  toImage,
  updateImage,
} from './image.repository.js';

/**
 * Images: created by content-writers, seen by those whom their visibility names once they have a published version. One of
 * which nothing was ever published can be deleted.
 */
export class Images {
  constructor(
    private readonly database: Database,
    private readonly changes: ChangeRecorder,
    /** Of images whose creator says nothing. */
    private readonly defaultVisibility: Visibility = 'public',
  ) {}

  /** Throws ImageExistsError when the name is taken; of two at once exactly one succeeds. */
  async create(image: NewImage): Promise<Image> {
    const name = IMAGE_NAME.parse(image.name);
    refuseArchitectureName(name, 'the name of an image');
    return this.database.transaction(async (tx) => {
      const created = await insertImage(tx, name, {
        displayName: image.displayName === undefined ? null : parseDisplayName(image.displayName),
        description: image.description === undefined ? null : parseDescription(image.description),
        visibility: image.visibility ?? this.defaultVisibility,
      });
      if (created === undefined) {
        throw new ImageExistsError();
      }
      await this.changes.record(tx, {
        action: 'image.create',
        resource: imageResource(name),
        after: fieldsOf(created),
      });
      return created;
    });
  }

  /** Throws ImageNotFoundError. */
  async get(name: string, viewer: Viewer): Promise<Image> {
    const imageName = IMAGE_NAME.parse(name);
    return this.database.use((connection) => getImage(connection, imageName, viewer));
  }

  /**
   * Those that the viewer sees with at least one published version, and of these only those that are searched for. Throws
   * InvalidCursorError, also for the cursor of another order.
   */
  async list(viewer: Viewer, page: PageRequest, search: ImageSearch = {}): Promise<Page<Image>> {
    const { sort = 'name' } = search;
    const after = decodeImageCursor(page.cursor, sort);
    const rows = await this.database.use((connection) =>
      listImages(connection, search, audienceOf(viewer), page.limit + 1, after),
    );
    return toPage(rows, page.limit, toImage, (row) => encodeImageCursor(row, sort));
  }

  /** Changes what is given. Repeating it is safe. Throws ImageNotFoundError. */
  async change(name: string, changes: ImageChanges): Promise<Image> {
    const imageName = IMAGE_NAME.parse(name);
    return this.database.transaction(async (tx) => {
      const image = await lockImage(tx, imageName);
      const changed = await updateImage(tx, image.id, {
        displayName: changedText(changes.displayName, image.displayName, parseDisplayName),
        description: changedText(changes.description, image.description, parseDescription),
        visibility: changes.visibility ?? image.visibility,
      });
      await this.changes.record(tx, {
        action: 'image.change',
        resource: imageResource(imageName),
        before: fieldsOf(image),
        after: fieldsOf(changed),
      });
      return changed;
    });
  }

  /**
   * Removes an image with its drafts. Throws ImageNotEmptyError when a version is published, withdrawn or just being
   * published: the names of those that were published are never free again. Throws ImageNotFoundError.
   */
  async delete(name: string): Promise<void> {
    const imageName = IMAGE_NAME.parse(name);
    await this.database.transaction(async (tx) => {
      const image = await lockImageToDelete(tx, imageName);
      const { draft, ...others } = await lockVersionsOf(tx, image.id);
      if (Object.values(others).some((count) => count > 0)) {
        throw new ImageNotEmptyError(others);
      }
      await deleteImage(tx, image.id);
      await this.changes.record(tx, {
        action: 'image.delete',
        resource: imageResource(imageName),
        before: { ...fieldsOf(image), drafts: draft },
      });
    });
  }
}

function changedText(
  change: string | null | undefined,
  current: string | undefined,
  parse: (text: string) => string,
): string | null {
  if (change === undefined) {
    return current ?? null;
  }
  return change === null ? null : parse(change);
}

function fieldsOf({ displayName, description, visibility }: Image): Record<string, unknown> {
  return { display_name: displayName ?? null, description: description ?? null, visibility };
}
