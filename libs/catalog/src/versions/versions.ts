import {
  type ChangeRecorder,
  type Database,
  lockName,
  type Page,
  type PageRequest,
  toPage,
} from '@imgsrv/platform';
import { VersionExistsError } from '../catalog.errors.js';
import { getImage, holdImage } from '../images/image.repository.js';
import { IMAGE_NAME } from '../names/names.js';
import { refuseArchitectureName } from '../names/reserved-names.js';
import { versionResource } from '../resources.js';
import { seesState, type Viewer } from '../visibility.js';
import { refuseTooManyDrafts, type VersionLimits } from './draft-limit.js';
import { parseVersionAddress } from './version-address.js';
import { listVersions } from './version-list.repository.js';
import { deleteDraft, insertDraft, lockDraft, toVersion, updateMetadata } from './version.repository.js';
import {
  changedMetadata,
  parseVersionMetadata,
  type VersionMetadata,
  type VersionMetadataChanges,
} from './version-metadata.js';
import { decodeVersionCursor, encodeVersionCursor, type VersionSearch } from './version-search.js';
import type { Version, VersionState } from './version.js';

/** Versions: drafts that can be edited and deleted until they are published. */
export class Versions {
  constructor(
    private readonly database: Database,
    private readonly changes: ChangeRecorder,
    private readonly limits: VersionLimits,
  ) {}

  /**
   * A new draft of a principal. Throws ImageNotFoundError, VersionExistsError and DraftLimitError; of two at once
   * exactly one succeeds. Throws InvalidTextError.
   */
  async createDraft(
    image: string,
    version: string,
    createdBy: string,
    metadata: VersionMetadata = {},
  ): Promise<Version> {
    const address = parseVersionAddress(image, version);
    const parsed = parseVersionMetadata(metadata);
    refuseArchitectureName(address.version, 'a version');
    return this.database.transaction(async (tx) => {
      const id = await holdImage(tx, address.image);
      await lockName(tx, 'drafts', createdBy);
      const draft = await insertDraft(tx, id, address.version, createdBy, parsed);
      if (draft === undefined) {
        throw new VersionExistsError();
      }
      await refuseTooManyDrafts(tx, createdBy, this.limits);
      await this.changes.record(tx, {
        action: 'version.create',
        resource: versionResource(address),
        after: { state: draft.state },
      });
      return draft;
    });
  }

  /**
   * Changes what is said of a draft, for what is given. Repeating it is safe. Throws InvalidTextError, VersionNotDraftError,
   * VersionNotFoundError and ImageNotFoundError.
   */
  async change(image: string, version: string, changes: VersionMetadataChanges): Promise<Version> {
    const address = parseVersionAddress(image, version);
    return this.database.transaction(async (tx) => {
      const draft = await lockDraft(tx, address);
      const changed = await updateMetadata(tx, draft.id, changedMetadata(draft.metadata, changes));
      await this.changes.record(tx, {
        action: 'version.change',
        resource: versionResource(address),
        after: { changed: Object.keys(changes) },
      });
      return changed;
    });
  }

  /**
   * Versions in the given states, as far as they can be seen, and of these only those that are searched for. Throws
   * ImageNotFoundError, and InvalidCursorError, also for the cursor of another order.
   */
  async list(
    image: string,
    states: readonly VersionState[],
    viewer: Viewer,
    page: PageRequest,
    search: VersionSearch = {},
  ): Promise<Page<Version>> {
    const { sort = 'newest' } = search;
    const imageName = IMAGE_NAME.parse(image);
    const after = decodeVersionCursor(page.cursor, sort);
    const visible = states.filter((state) => seesState(viewer, imageName, state));
    const rows = await this.database.use(async (connection) => {
      const { id } = await getImage(connection, imageName, viewer);
      return listVersions(connection, id, visible, search, page.limit + 1, after);
    });
    return toPage(rows, page.limit, toVersion, (row) => encodeVersionCursor(row, sort));
  }

  /** Removes a draft with all it declares. Throws VersionNotDraftError, VersionNotFoundError, ImageNotFoundError. */
  async deleteDraft(image: string, version: string): Promise<void> {
    const address = parseVersionAddress(image, version);
    await this.database.transaction(async (tx) => {
      const draft = await lockDraft(tx, address);
      await deleteDraft(tx, draft.id);
      await this.changes.record(tx, {
        action: 'version.delete',
        resource: versionResource(address),
        before: { state: draft.state },
      });
    });
  }
}
