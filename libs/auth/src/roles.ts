/** What a caller may be allowed to do. A closed set: every access rule names one of these. */
export type Action = 'auth.manage' | 'content.read' | 'content.withdraw' | 'content.write' | 'storage.manage';

export type RoleId =
  'auth-manager' | 'content-admin' | 'content-reader' | 'content-writer' | 'storage-manager';

export interface Role {
  readonly id: RoleId;
  readonly displayName: string;
  readonly description: string;
  readonly actions: readonly Action[];
}

/** The role whose last usable holder can never be taken away. */
export const AUTH_MANAGER = 'auth-manager' satisfies RoleId;

/** The role that shows private images; its grants can be limited to some images. */
export const CONTENT_READER = 'content-reader' satisfies RoleId;

/** The role that changes images; its grants can be limited to some images. */
export const CONTENT_WRITER = 'content-writer' satisfies RoleId;

/** Every role there is, by id. None includes another. */
export const ROLES: readonly Role[] = [
  {
    id: AUTH_MANAGER,
    displayName: 'Auth manager',
    description: 'Manages principals, their roles and their API tokens.',
    actions: ['auth.manage'],
  },
  {
    id: 'content-admin',
    displayName: 'Content admin',
    description: 'As a content writer, also withdraws and restores published versions and sets what is kept.',
    actions: ['content.withdraw'],
  },
  {
    id: CONTENT_READER,
    displayName: 'Content reader',
    description: 'Sees private images.',
    actions: ['content.read'],
  },
  {
    id: CONTENT_WRITER,
    displayName: 'Content writer',
    description: 'Uploads content, edits the catalogue and publishes versions.',
    actions: ['content.write'],
  },
  {
    id: 'storage-manager',
    displayName: 'Storage manager',
    description:
      'Sees what is stored and what of it is damaged, starts collections, and deletes blobs that nothing refers to.',
    actions: ['storage.manage'],
  },
];

const ROLE_BY_ID: ReadonlyMap<string, Role> = new Map(ROLES.map((role) => [role.id, role]));

export function findRole(id: string): Role | undefined {
  return ROLE_BY_ID.get(id);
}

/** An action that is nothing without another one: it extends what that one may do, to the same images. */
const EXTENDS: Readonly<Partial<Record<Action, Action>>> = { 'content.withdraw': 'content.write' };

/** The actions that the roles allow together. */
export function actionsOf(roleIds: readonly RoleId[]): ReadonlySet<Action> {
  const granted = new Set(roleIds.flatMap((id) => findRole(id)?.actions ?? []));
  return new Set(
    [...granted].filter((action) => {
      const extended = EXTENDS[action];
      return extended === undefined || granted.has(extended);
    }),
  );
}

/**
 * The roles among the stored ids that this release knows, in order. A newer release that runs beside this one may
 * have stored others; they allow nothing here.
 */
export function knownRoleIds(storedIds: readonly string[]): RoleId[] {
  return storedIds.flatMap((id) => findRole(id)?.id ?? []);
}
