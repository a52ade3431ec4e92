import {
  type ChangeRecorder,
  type Database,
  decodeCursor,
  encodeCursor,
  type Page,
  type PageRequest,
  toPage,
  type Transaction,
} from '@imgsrv/platform';
import type { Alias, AliasPrecondition } from '../aliases/alias.js';
import { deleteAlias, findAlias } from '../aliases/alias.repository.js';
import { getAlias } from '../aliases/aliases.js';
import { pointAlias } from '../aliases/point-alias.js';
import {
  AliasChangedError,
  NothingToPromoteError,
  PromotionNotFoundError,
  PromotionSupersededError,
} from '../catalog.errors.js';
import type { Image } from '../images/image.js';
import { getImage, lockImage } from '../images/image.repository.js';
import { ALIAS_NAME, type AliasName, IMAGE_NAME } from '../names/names.js';
import { refuseArchitectureName } from '../names/reserved-names.js';
import { aliasResource } from '../resources.js';
import { getPublished } from '../versions/require-published.js';
import type { Version } from '../versions/version.js';
import type { Viewer } from '../visibility.js';
import type { Promotion, PromotionId } from './promotion.js';
import { findPromotion, insertPromotion, listPromotions } from './promotion.repository.js';

/** Moves of one alias to where another is, with their history, each of which can be taken back. */
export class Promotions {
  constructor(
    private readonly database: Database,
    private readonly changes: ChangeRecorder,
  ) {}

  /**
   * Lets `toAlias` name the version that `fromAlias` names at this moment; the precondition is one on `toAlias`. Throws
   * NothingToPromoteError when it names that version already, so that repeating it moves nothing. Throws AliasNotFoundError,
   * AliasChangedError, NameTakenError, CatalogLimitError and ImageNotFoundError.
   */
  async promote(
    image: string,
    { from, to }: { readonly from: string; readonly to: string },
    precondition: AliasPrecondition,
    by: string,
  ): Promise<Promotion> {
    const imageName = IMAGE_NAME.parse(image);
    const fromAlias = ALIAS_NAME.parse(from);
    const toAlias = ALIAS_NAME.parse(to);
    refuseArchitectureName(toAlias, 'an alias');
    return this.database.transaction(async (tx) => {
      const locked = await lockImage(tx, imageName);
      const source = await getAlias(tx, locked.id, fromAlias);
      const current = await findAlias(tx, locked.id, toAlias);
      if (!precondition(current)) {
        throw new AliasChangedError();
      }
      if (current?.versionId === source.versionId) {
        throw new NothingToPromoteError(toAlias, source.version);
      }
      const target = await getPublished(tx, locked.id, source.version);
      return this.move(tx, { image: locked, toAlias, current, target }, { fromAlias, by });
    });
  }

  /**
   * Puts the alias back to where it was before the promotion, or removes it when it was not there. Throws
   * PromotionSupersededError when it was moved again since, by a revert too, so that repeating it moves nothing. Throws
   * PromotionNotFoundError, VersionNotPublishedError when that version was withdrawn, and ImageNotFoundError.
   */
  async revert(image: string, id: PromotionId, by: string): Promise<Promotion> {
    const imageName = IMAGE_NAME.parse(image);
    return this.database.transaction(async (tx) => {
      const locked = await lockImage(tx, imageName);
      const promotion = found(await findPromotion(tx, locked.id, id));
      const { toAlias, version, previousVersion, revertedBy } = promotion;
      const current = await findAlias(tx, locked.id, toAlias);
      if (revertedBy !== undefined || current?.versionId !== version?.id) {
        throw new PromotionSupersededError(toAlias, current?.version);
      }
      const target = previousVersion && (await getPublished(tx, locked.id, previousVersion.name));
      return this.move(tx, { image: locked, toAlias, current, target }, { reverts: id, by });
    });
  }

  /** Throws PromotionNotFoundError and ImageNotFoundError. */
  async get(image: string, id: PromotionId, viewer: Viewer): Promise<Promotion> {
    const imageName = IMAGE_NAME.parse(image);
    return this.database.use(async (connection) => {
      const { id: imageId } = await getImage(connection, imageName, viewer);
      return found(await findPromotion(connection, imageId, id));
    });
  }

  /** Newest first. Throws ImageNotFoundError. */
  async list(image: string, viewer: Viewer, page: PageRequest): Promise<Page<Promotion>> {
    const imageName = IMAGE_NAME.parse(image);
    const [before] = decodeCursor(page.cursor, [/^[0-9]{1,18}$/]);
    const rows = await this.database.use(async (connection) => {
      const { id } = await getImage(connection, imageName, viewer);
      return listPromotions(connection, id, page.limit + 1, before);
    });
    return toPage(
      rows,
      page.limit,
      ({ promotion }) => promotion,
      ({ number }) => encodeCursor([number]),
    );
  }

  private async move(
    tx: Transaction,
    { image, toAlias, current, target }: Move,
    { fromAlias, reverts, by }: Cause,
  ): Promise<Promotion> {
    if (target !== undefined) {
      await pointAlias(tx, image.id, toAlias, current, target);
    } else if (current !== undefined) {
      await deleteAlias(tx, current.id);
    }
    await this.changes.record(tx, {
      action: reverts === undefined ? 'alias.promote' : 'alias.revert',
      resource: aliasResource(image.name, toAlias),
      ...(current === undefined ? {} : { before: { version: current.version } }),
      after: {
        version: target?.version ?? null,
        ...(fromAlias === undefined ? {} : { from_alias: fromAlias }),
      },
    });
    const id = await insertPromotion(tx, {
      imageId: image.id,
      toAlias,
      promotedBy: by,
      ...(fromAlias === undefined ? {} : { fromAlias }),
      ...(target === undefined ? {} : { versionId: target.id }),
      ...(current === undefined ? {} : { previousVersionId: current.versionId }),
      ...(reverts === undefined ? {} : { reverts }),
    });
    return found(await findPromotion(tx, image.id, id));
  }
}

interface Move {
  readonly image: Image;
  readonly toAlias: AliasName;
  readonly current: Alias | undefined;
  /** Absent: the alias is removed. */
  readonly target: Version | undefined;
}

interface Cause {
  readonly fromAlias?: AliasName;
  readonly reverts?: PromotionId;
  readonly by: string;
}

function found(promotion: Promotion | undefined): Promotion {
  if (promotion === undefined) {
    throw new PromotionNotFoundError();
  }
  return promotion;
}
