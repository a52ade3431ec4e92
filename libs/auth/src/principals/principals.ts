import {
  type ChangeRecorder,
  type Database,
  type Transaction,
  decodeCursor,
  encodeCursor,
  type Page,
  type PageRequest,
  toPage,
  UUID_PATTERN,
} from '@imgsrv/platform';
import {
  PrincipalNotFoundError,
  RoleIsDerivedError,
  ScopeNotApplicableError,
  UnknownRoleError,
} from '../auth.errors.js';
import { type ImageScope, toStored } from '../grants/image-patterns.js';
import { CONTENT_READER, CONTENT_WRITER, findRole, type RoleId } from '../roles.js';
import { ApiTokenRepository } from '../tokens/api-token.repository.js';
import { keepingAnAuthManager } from './auth-manager.guarantee.js';
import type { NewPrincipal, Principal, PrincipalChange, PrincipalId } from './principal.js';
import { PrincipalRepository } from './principal.repository.js';

/**
 * Who may hold credentials, and with which roles. Every change is seen by every replica as soon as its promise
 * resolves. Methods that name a principal throw PrincipalNotFoundError for an unknown or deleted one.
 */
export class Principals {
  constructor(
    private readonly database: Database,
    private readonly changes: ChangeRecorder,
  ) {}

  /** Creates an enabled principal without roles. Names need not be unique. */
  async create(principal: NewPrincipal): Promise<Principal> {
    return this.database.transaction(async (tx) => {
      const created = await new PrincipalRepository(tx).insert(principal);
      await this.changes.record(tx, {
        action: 'principal.create',
        resource: resourceOf(created.id),
        after: { kind: created.kind, ...stateOf(created) },
      });
      return created;
    });
  }

  async get(id: PrincipalId): Promise<Principal> {
    return found(await new PrincipalRepository(this.database).find(id));
  }

  /** Oldest first. */
  async list(page: PageRequest): Promise<Page<Principal>> {
    const [after] = decodeCursor(page.cursor, [UUID_PATTERN]);
    return toPage(
      await new PrincipalRepository(this.database).list(page.limit + 1, after),
      page.limit,
      (item) => item,
      ({ id }) => encodeCursor([id]),
    );
  }

  /** Throws LastAuthManagerError when disabling would take the last usable auth-manager away. Safe to repeat. */
  async update(id: PrincipalId, change: PrincipalChange): Promise<Principal> {
    const update = async (tx: Transaction): Promise<Principal> => {
      const before = found(await new PrincipalRepository(tx).find(id));
      const after = found(await new PrincipalRepository(tx).update(id, change));
      await this.changes.record(tx, {
        action: 'principal.update',
        resource: resourceOf(id),
        before: stateOf(before),
        after: stateOf(after),
      });
      return after;
    };
    return change.disabled === true
      ? keepingAnAuthManager(this.database, update)
      : this.database.transaction(update);
  }

  /**
   * Revokes every credential of the principal, takes its roles and hides it; its id stays for history.
   * Throws LastAuthManagerError when it is the last usable auth-manager.
   */
  async delete(id: PrincipalId): Promise<void> {
    await keepingAnAuthManager(this.database, async (tx) => {
      const principals = new PrincipalRepository(tx);
      const before = found(await principals.find(id));
      if (!(await principals.markDeleted(id))) {
        throw new PrincipalNotFoundError();
      }
      await principals.removeAllRoles(id);
      await new ApiTokenRepository(tx).revokeAll(id);
      await this.changes.record(tx, {
        action: 'principal.delete',
        resource: resourceOf(id),
        before: { ...stateOf(before), role_ids: before.roleIds },
      });
    });
  }

  /**
   * Gives a role, limited to the images of `scope`; what an earlier grant of it was limited to is replaced. Throws
   * UnknownRoleError, or ScopeNotApplicableError for a role that cannot be limited. Safe to repeat.
   */
  async assignRole(id: PrincipalId, roleId: string, scope: ImageScope = 'all'): Promise<void> {
    const role = knownRole(roleId);
    if (scope !== 'all' && role !== CONTENT_WRITER && role !== CONTENT_READER) {
      throw new ScopeNotApplicableError();
    }
    await this.database.transaction(async (tx) => {
      await lockPrincipal(tx, id);
      const before = found(await new PrincipalRepository(tx).find(id));
      await new PrincipalRepository(tx).assignRole(id, role, scope);
      await this.changes.record(tx, {
        action: 'role.assign',
        resource: `${resourceOf(id)}/roles/${role}`,
        before: grantOf(before, role),
        after: { assigned: true, image_patterns: toStored(scope) },
      });
    });
  }

  /**
   * Throws UnknownRoleError, LastAuthManagerError for the role of the last usable one, or RoleIsDerivedError for one that
   * a rule alone gives. Safe to repeat.
   */
  async removeRole(id: PrincipalId, roleId: string): Promise<void> {
    const role = knownRole(roleId);
    await keepingAnAuthManager(this.database, async (tx) => {
      await lockPrincipal(tx, id);
      const before = found(await new PrincipalRepository(tx).find(id));
      requireAssigned(before, role);
      await new PrincipalRepository(tx).removeRole(id, role);
      await this.changes.record(tx, {
        action: 'role.remove',
        resource: `${resourceOf(id)}/roles/${role}`,
        before: grantOf(before, role),
        after: { assigned: false },
      });
    });
  }
}

function resourceOf(id: PrincipalId): string {
  return `auth/principals/${id}`;
}

function stateOf({ displayName, disabled }: Principal): Record<string, unknown> {
  return { display_name: displayName, disabled };
}

function grantOf({ roleIds, imageScope, readScope }: Principal, role: RoleId): Record<string, unknown> {
  if (!roleIds.includes(role)) {
    return { assigned: false };
  }
  const scope = role === CONTENT_WRITER ? imageScope : role === CONTENT_READER ? readScope : 'all';
  return { assigned: true, image_patterns: toStored(scope) };
}

/** Taking what nobody gave by hand would change nothing. */
function requireAssigned({ roleIds, derivedRoles }: Principal, role: RoleId): void {
  const givenBy = derivedRoles.filter(({ roleId }) => roleId === role).map(({ ruleId }) => ruleId);
  if (!roleIds.includes(role) && givenBy.length > 0) {
    throw new RoleIsDerivedError(givenBy);
  }
}

async function lockPrincipal(tx: Transaction, id: PrincipalId): Promise<void> {
  if (!(await new PrincipalRepository(tx).lock(id))) {
    throw new PrincipalNotFoundError();
  }
}

function found(principal: Principal | undefined): Principal {
  if (principal === undefined) {
    throw new PrincipalNotFoundError();
  }
  return principal;
}

function knownRole(id: string): RoleId {
  const role = findRole(id);
  if (role === undefined) {
    throw new UnknownRoleError();
  }
  return role.id;
}
