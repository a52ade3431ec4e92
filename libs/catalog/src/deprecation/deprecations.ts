import type { ChangeRecorder, Database } from '@imgsrv/platform';
import { SameVersionError } from '../catalog.errors.js';
import { parseReason } from '../names/display-text.js';
import { VERSION_NAME } from '../names/names.js';
import { versionResource } from '../resources.js';
import { getPublished, requirePublished } from '../versions/require-published.js';
import { parseVersionAddress } from '../versions/version-address.js';
import { lockVersion, refuseWithdrawn } from '../versions/version.repository.js';
import type { Version } from '../versions/version.js';
import { setDeprecation } from './deprecation.repository.js';

export interface NewDeprecation {
  readonly reason: string;
  /** The name of another published version of the image. */
  readonly successor?: string;
}

/** Marks published versions as not to be used any more. They are served as before. */
export class Deprecations {
  constructor(
    private readonly database: Database,
    private readonly changes: ChangeRecorder,
  ) {}

  /**
   * Marks a version, or replaces what an earlier mark says; its time stays then. Throws VersionWithdrawnError,
   * VersionNotPublishedError, SameVersionError, VersionNotFoundError and ImageNotFoundError.
   */
  async deprecate(image: string, version: string, deprecation: NewDeprecation): Promise<Version> {
    const address = parseVersionAddress(image, version);
    const reason = parseReason(deprecation.reason);
    const successor =
      deprecation.successor === undefined ? undefined : VERSION_NAME.parse(deprecation.successor);
    if (successor === address.version) {
      throw new SameVersionError('successor');
    }
    return this.database.transaction(async (tx) => {
      const locked = await lockVersion(tx, address);
      refuseWithdrawn(locked);
      requirePublished(locked);
      if (successor !== undefined) {
        await getPublished(tx, locked.imageId, successor);
      }
      const marked = await setDeprecation(tx, locked.id, { reason, successor: successor ?? null });
      await this.changes.record(tx, {
        action: 'version.deprecate',
        resource: versionResource(address),
        before: stateOf(locked),
        after: stateOf(marked),
      });
      return marked;
    });
  }

  /**
   * Takes the mark back; safe to repeat. Throws VersionWithdrawnError, VersionNotPublishedError, VersionNotFoundError and
   * ImageNotFoundError.
   */
  async takeBack(image: string, version: string): Promise<void> {
    const address = parseVersionAddress(image, version);
    await this.database.transaction(async (tx) => {
      const locked = await lockVersion(tx, address);
      refuseWithdrawn(locked);
      requirePublished(locked);
      if (locked.deprecation !== undefined) {
        const unmarked = await setDeprecation(tx, locked.id, null);
        await this.changes.record(tx, {
          action: 'version.undeprecate',
          resource: versionResource(address),
          before: stateOf(locked),
          after: stateOf(unmarked),
        });
      }
    });
  }
}

function stateOf({ deprecation }: Version): Record<string, unknown> {
  return deprecation === undefined
    ? { deprecated: false }
    : { deprecated: true, reason: deprecation.reason, successor: deprecation.successor ?? null };
}
