import type { Transaction } from '@imgsrv/platform';
import { DEFAULT_VARIANT } from '../artifacts/artifact.js';
import { listArtifacts } from '../artifacts/artifact.repository.js';
import { CatalogLimitError, NameTakenError } from '../catalog.errors.js';
import type { AliasName } from '../names/names.js';
import { refuseTakenName } from '../names/name-claims.repository.js';
import type { Version } from '../versions/version.js';
import { MAX_ALIASES_PER_IMAGE } from './alias.js';
import { countAliases, findAlias } from './alias.repository.js';

/**
 * Refuses aliases that could not name a version once it is published, by the rules that `Aliases.put` follows then. To be
 * called with the image locked. Throws NameTakenError and CatalogLimitError.
 */
export async function refuseUnusableAliases(
  tx: Transaction,
  { id, imageId, version }: Version,
  aliases: readonly AliasName[],
): Promise<void> {
  if (aliases.length === 0) {
    return;
  }
  const artifacts = await listArtifacts(tx, id, null);
  const variants = new Set<string>(artifacts.map(({ variant }) => variant));
  let added = 0;
  for (const alias of aliases) {
    await refuseTakenName(tx, imageId, alias, 'alias', id);
    if ((await findAlias(tx, imageId, alias)) === undefined) {
      if (alias !== DEFAULT_VARIANT && variants.has(alias)) {
        throw new NameTakenError(alias, 'variant', version);
      }
      added += 1;
    }
  }
  if (added > 0 && (await countAliases(tx, imageId)) + added > MAX_ALIASES_PER_IMAGE) {
    throw new CatalogLimitError('aliases of an image', MAX_ALIASES_PER_IMAGE);
  }
}
