import type { ChangeRecorder, Database, Transaction } from '@imgsrv/platform';
import { listAliasesOf, moveAlias } from '../aliases/alias.repository.js';
import {
  RestoreWindowOverError,
  SameVersionError,
  VersionAliasedError,
  VersionNotWithdrawnError,
} from '../catalog.errors.js';
import { lockImage } from '../images/image.repository.js';
import { parseReason } from '../names/display-text.js';
import { refuseTakenName } from '../names/name-claims.repository.js';
import { VERSION_NAME, type VersionName } from '../names/names.js';
import { aliasResource, versionResource } from '../resources.js';
import { getPublished, requirePublished } from '../versions/require-published.js';
import { parseVersionAddress, type VersionAddress } from '../versions/version-address.js';
import { lockVersion, refuseWithdrawn } from '../versions/version.repository.js';
import type { Version } from '../versions/version.js';
import { restoreVersion, withdrawVersion } from './withdrawal.repository.js';

export interface NewWithdrawal {
  readonly reason: string;
  /** The published version that the aliases of the withdrawn one name from then on. */
  readonly moveAliasesTo?: string;
}

/** Takes published versions back, and restores them within a window. Their names are never free again. */
export class Withdrawals {
  constructor(
    private readonly database: Database,
    private readonly changes: ChangeRecorder,
    private readonly limits: { readonly restoreWindowMs: number },
  ) {}

  /**
   * From its commit on nobody reads the version or is shown it. Its aliases move in the same transaction. Throws
   * VersionAliasedError when there are some and nothing says where to, VersionWithdrawnError, VersionNotPublishedError of the
   * version or of the one that the aliases are to name, SameVersionError, NameTakenError, VersionNotFoundError and
   * ImageNotFoundError.
   */
  async withdraw(image: string, version: string, withdrawal: NewWithdrawal): Promise<Version> {
    const address = parseVersionAddress(image, version);
    const reason = parseReason(withdrawal.reason);
    const { moveAliasesTo } = withdrawal;
    const target = moveAliasesTo === undefined ? undefined : VERSION_NAME.parse(moveAliasesTo);
    if (target === address.version) {
      throw new SameVersionError('move_aliases_to');
    }
    return this.database.transaction(async (tx) => {
      // Whoever sets an alias waits here too, so that none comes to name the version meanwhile.
      await lockImage(tx, address.image);
      const locked = await lockVersion(tx, address);
      refuseWithdrawn(locked);
      requirePublished(locked);
      await this.moveAliases(tx, address, locked, target);
      const withdrawn = await withdrawVersion(tx, locked.id, {
        reason,
        by: 'request',
        restoreWindowMs: this.limits.restoreWindowMs,
      });
      await this.changes.record(tx, {
        action: 'version.withdraw',
        resource: versionResource(address),
        before: stateOf(locked),
        after: stateOf(withdrawn),
      });
      return withdrawn;
    });
  }

  /**
   * Serves the version again, exactly as before; aliases that it had are not given back. Throws RestoreWindowOverError,
   * VersionNotWithdrawnError, VersionNotFoundError and ImageNotFoundError.
   */
  async restore(image: string, version: string): Promise<void> {
    const address = parseVersionAddress(image, version);
    await this.database.transaction(async (tx) => {
      await lockImage(tx, address.image);
      const locked = await lockVersion(tx, address);
      if (locked.withdrawal === undefined) {
        throw new VersionNotWithdrawnError(locked.state);
      }
      const restored = await restoreVersion(tx, locked.id);
      if (restored === undefined) {
        throw new RestoreWindowOverError(locked.withdrawal.restorableUntil);
      }
      await this.changes.record(tx, {
        action: 'version.restore',
        resource: versionResource(address),
        before: stateOf(locked),
        after: stateOf(restored),
      });
    });
  }

  private async moveAliases(
    tx: Transaction,
    { image }: VersionAddress,
    from: Version,
    to: VersionName | undefined,
  ): Promise<void> {
    const target = to === undefined ? undefined : await getPublished(tx, from.imageId, to);
    const aliases = await listAliasesOf(tx, from.id);
    for (const { id, alias, version } of aliases) {
      if (target === undefined) {
        throw new VersionAliasedError(aliases.map((named) => named.alias));
      }
      await refuseTakenName(tx, from.imageId, alias, 'alias', target.id);
      await moveAlias(tx, id, target.id);
      await this.changes.record(tx, {
        action: 'alias.move',
        resource: aliasResource(image, alias),
        before: { version },
        after: { version: target.version },
      });
    }
  }
}

function stateOf({ state, withdrawal }: Version): Record<string, unknown> {
  return withdrawal === undefined
    ? { state }
    : {
        state,
        by: withdrawal.by,
        reason: withdrawal.reason,
        restorable_until: withdrawal.restorableUntil.toISOString(),
      };
}
