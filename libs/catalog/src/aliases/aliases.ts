import {
  type ChangeRecorder,
  type Connection,
  type Database,
  decodeCursor,
  encodeCursor,
  type Page,
  type PageRequest,
  toPage,
} from '@imgsrv/platform';
import { AliasChangedError, AliasNotFoundError } from '../catalog.errors.js';
import { getImage, lockImage } from '../images/image.repository.js';
import { ALIAS_NAME, type AliasName, IMAGE_NAME, type ImageId, VERSION_NAME } from '../names/names.js';
import { refuseArchitectureName } from '../names/reserved-names.js';
import { getPublished } from '../versions/require-published.js';
import { aliasResource } from '../resources.js';
import type { Viewer } from '../visibility.js';
import type { Alias, AliasPrecondition } from './alias.js';
import { deleteAlias, findAlias, listAliases } from './alias.repository.js';
import { pointAlias } from './point-alias.js';

/** Aliases: created, moved and deleted at any time, but only ever pointing to what is published. */
export class Aliases {
  constructor(
    private readonly database: Database,
    private readonly changes: ChangeRecorder,
  ) {}

  /** By name. Throws ImageNotFoundError. */
  async list(image: string, viewer: Viewer, page: PageRequest): Promise<Page<Alias>> {
    const imageName = IMAGE_NAME.parse(image);
    const [after] = decodeCursor(page.cursor, [ALIAS_NAME.pattern]);
    const aliases = await this.database.use(async (connection) => {
      const { id } = await getImage(connection, imageName, viewer);
      return listAliases(connection, id, page.limit + 1, after);
    });
    return toPage(
      aliases,
      page.limit,
      (alias) => alias,
      (alias) => encodeCursor([alias.alias]),
    );
  }

  /** Throws AliasNotFoundError and ImageNotFoundError. */
  async get(image: string, alias: string, viewer: Viewer): Promise<Alias> {
    const imageName = IMAGE_NAME.parse(image);
    const aliasName = ALIAS_NAME.parse(alias);
    return this.database.use(async (connection) => {
      const { id } = await getImage(connection, imageName, viewer);
      return getAlias(connection, id, aliasName);
    });
  }

  /**
   * Creates the alias or moves it; its id stays, and repeating it changes nothing. Changes of an image's aliases
   * happen one after the other, so the precondition is true at the moment of the change. Throws
   * AliasChangedError when it is not, NameTakenError, VersionNotPublishedError, VersionNotFoundError, CatalogLimitError and
   * ImageNotFoundError.
   */
  async put(image: string, alias: string, version: string, precondition: AliasPrecondition): Promise<Alias> {
    const imageName = IMAGE_NAME.parse(image);
    const aliasName = ALIAS_NAME.parse(alias);
    const versionName = VERSION_NAME.parse(version);
    refuseArchitectureName(aliasName, 'an alias');
    return this.database.transaction(async (tx) => {
      const { id: imageId } = await lockImage(tx, imageName);
      const current = await findAlias(tx, imageId, aliasName);
      if (!precondition(current)) {
        throw new AliasChangedError();
      }
      const target = await getPublished(tx, imageId, versionName);
      await pointAlias(tx, imageId, aliasName, current, target);
      if (current?.versionId !== target.id) {
        await this.changes.record(tx, {
          action: current === undefined ? 'alias.create' : 'alias.move',
          resource: aliasResource(imageName, aliasName),
          ...(current === undefined ? {} : { before: { version: current.version } }),
          after: { version: target.version },
        });
      }
      return getAlias(tx, imageId, aliasName);
    });
  }

  /** Throws AliasNotFoundError, AliasChangedError and ImageNotFoundError. */
  async delete(image: string, alias: string, precondition: AliasPrecondition): Promise<void> {
    const imageName = IMAGE_NAME.parse(image);
    const aliasName = ALIAS_NAME.parse(alias);
    await this.database.transaction(async (tx) => {
      const { id: imageId } = await lockImage(tx, imageName);
      const current = await getAlias(tx, imageId, aliasName);
      if (!precondition(current)) {
        throw new AliasChangedError();
      }
      await deleteAlias(tx, current.id);
      await this.changes.record(tx, {
        action: 'alias.delete',
        resource: aliasResource(imageName, aliasName),
        before: { version: current.version },
      });
    });
  }
}

export async function getAlias(connection: Connection, imageId: ImageId, alias: AliasName): Promise<Alias> {
  const found = await findAlias(connection, imageId, alias);
  if (found === undefined) {
    throw new AliasNotFoundError();
  }
  return found;
}
