/** What a caller may be allowed to do. A closed set: every access rule names one of these. */
export type Action = 'auth.manage' | 'content.write';

export type RoleId = 'auth-manager' | 'content-writer';

export interface Role {
  readonly id: RoleId;
  readonly displayName: string;
  readonly description: string;
  readonly actions: readonly Action[];
}

/** The role whose last usable holder can never be taken away. */
export const AUTH_MANAGER = 'auth-manager' satisfies RoleId;

/** The role whose grants can be limited to some images. */
export const CONTENT_WRITER = 'content-writer' satisfies RoleId;

/** Every role there is, by id. They are independent: none includes another. */
export const ROLES: readonly Role[] = [
  {
    id: AUTH_MANAGER,
    displayName: 'Auth manager',
    description: 'Manages principals, their roles and their API tokens.',
    actions: ['auth.manage'],
  },
  {
    id: CONTENT_WRITER,
    displayName: 'Content writer',
    description: 'Uploads content, edits the catalogue and publishes versions.',
    actions: ['content.write'],
  },
];

const ROLE_BY_ID: ReadonlyMap<string, Role> = new Map(ROLES.map((role) => [role.id, role]));

export function findRole(id: string): Role | undefined {
  return ROLE_BY_ID.get(id);
}

/** The actions that any of the roles allows. */
export function actionsOf(roleIds: readonly RoleId[]): ReadonlySet<Action> {
  return new Set(roleIds.flatMap((id) => findRole(id)?.actions ?? []));
}

/**
 * The roles among the stored ids that this release knows, in order. A newer release that runs beside this one may
 * have stored others; they allow nothing here.
 */
export function knownRoleIds(storedIds: readonly string[]): RoleId[] {
  return storedIds.flatMap((id) => findRole(id)?.id ?? []);
}
