import { type Action, actionsOf, CONTENT_WRITER, type RoleId } from '../roles.js';
import { type ImageScope, unionOf } from './image-patterns.js';
import type { Grants } from './stored-grants.js';

/** What a caller may do, and with which images. */
export interface Permissions {
  readonly roleIds: readonly RoleId[];
  readonly actions: ReadonlySet<Action>;
  /** The images to which content.write extends. */
  readonly imageScope: ImageScope;
  /** The images that it sees also when they are private, those that it may change among them. */
  readonly readScope: ImageScope;
}

/** What grants, by hand or of rules, give together. */
export function permissionsOf(...grants: readonly Grants[]): Permissions {
  const roleIds = [...new Set(grants.flatMap((grant) => grant.roleIds))].sort();
  const written = grants
    .filter((grant) => grant.roleIds.includes(CONTENT_WRITER))
    .map(({ imageScope }) => imageScope);
  return {
    roleIds,
    actions: actionsOf(roleIds),
    imageScope: written.length === 0 ? 'all' : unionOf(written),
    readScope: unionOf([...written, ...grants.map(({ readScope }) => readScope)]),
  };
}
