import { CONTENT_READER, CONTENT_WRITER, knownRoleIds, type RoleId } from '../roles.js';
import { type ImageScope, storedScope } from './image-patterns.js';

/** The roles that somebody gave a principal by hand, and what they are limited to. */
export interface Grants {
  readonly roleIds: readonly RoleId[];
  /** The images to which content-writer, if it is among the roles, extends. */
  readonly imageScope: ImageScope;
  /** The images to which content-reader extends; none without that role. */
  readonly readScope: ImageScope;
}

export interface GrantsRow {
  readonly role_ids: readonly string[];
  readonly image_patterns: readonly string[] | null;
  readonly read_patterns: readonly string[] | null;
}

/** As SQL, the columns of a `GrantsRow` of a row of `principals` of this alias. */
export function grantColumns(principal: string): string {
  const patternsOf = (role: RoleId) =>
    `(SELECT g.image_patterns FROM role_assignments g WHERE g.principal_id = ${principal}.id AND g.role_id = '${role}')`;
  return `
         ARRAY(SELECT g.role_id FROM role_assignments g WHERE g.principal_id = ${principal}.id ORDER BY g.role_id) AS role_ids,
         ${patternsOf(CONTENT_WRITER)} AS image_patterns,
         ${patternsOf(CONTENT_READER)} AS read_patterns`;
}

export function toGrants(row: GrantsRow): Grants {
  const roleIds = knownRoleIds(row.role_ids);
  return {
    roleIds,
    imageScope: storedScope(row.image_patterns),
    readScope: roleIds.includes(CONTENT_READER) ? storedScope(row.read_patterns) : [],
  };
}
