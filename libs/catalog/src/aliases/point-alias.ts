import type { Transaction } from '@imgsrv/platform';
import { CatalogLimitError } from '../catalog.errors.js';
import type { AliasName, ImageId } from '../names/names.js';
import { refuseTakenName } from '../names/name-claims.repository.js';
import type { Version } from '../versions/version.js';
import { type Alias, MAX_ALIASES_PER_IMAGE } from './alias.js';
import { countAliases, insertAlias, moveAlias } from './alias.repository.js';

/**
 * Lets an alias, which is `current` now, name a published version. To be called with the image locked. Throws NameTakenError and
 * CatalogLimitError.
 */
export async function pointAlias(
  tx: Transaction,
  imageId: ImageId,
  alias: AliasName,
  current: Alias | undefined,
  target: Version,
): Promise<void> {
  await refuseTakenName(tx, imageId, alias, 'alias', target.id);
  if (current !== undefined) {
    await moveAlias(tx, current.id, target.id);
    return;
  }
  if ((await countAliases(tx, imageId)) >= MAX_ALIASES_PER_IMAGE) {
    throw new CatalogLimitError('aliases of an image', MAX_ALIASES_PER_IMAGE);
  }
  await insertAlias(tx, imageId, alias, target.id);
}
