import type { Database, Transaction } from '@imgsrv/platform';
import { PrincipalNotFoundError, ScopeNotApplicableError, UnknownRoleError } from '../auth.errors.js';
import type { ImageScope } from '../grants/image-patterns.js';
import { type Page, type PageRequest, toPage } from '../page.js';
import { CONTENT_WRITER, findRole, type RoleId } from '../roles.js';
import { ApiTokenRepository } from '../tokens/api-token.repository.js';
import { keepingAnAuthManager } from './auth-manager.guarantee.js';
import type { NewPrincipal, Principal, PrincipalChange, PrincipalId } from './principal.js';
import { PrincipalRepository } from './principal.repository.js';

/**
 * Who may hold credentials, and with which roles. Every change is seen by every replica as soon as its promise
 * resolves. Methods that name a principal throw PrincipalNotFoundError for an unknown or deleted one.
 */
export class Principals {
  constructor(private readonly database: Database) {}

  /** Creates an enabled principal without roles. Names need not be unique. */
  async create(principal: NewPrincipal): Promise<Principal> {
    return new PrincipalRepository(this.database).insert(principal);
  }

  async get(id: PrincipalId): Promise<Principal> {
    return found(await new PrincipalRepository(this.database).find(id));
  }

  /** Oldest first. */
  async list(page: PageRequest<PrincipalId>): Promise<Page<Principal, PrincipalId>> {
    return toPage(await new PrincipalRepository(this.database).list(page), page.limit);
  }

  /** Throws LastAuthManagerError when disabling would take the last usable auth-manager away. Safe to repeat. */
  async update(id: PrincipalId, change: PrincipalChange): Promise<Principal> {
    const update = async (tx: Transaction): Promise<Principal> =>
      found(await new PrincipalRepository(tx).update(id, change));
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
      if (!(await principals.markDeleted(id))) {
        throw new PrincipalNotFoundError();
      }
      await principals.removeAllRoles(id);
      await new ApiTokenRepository(tx).revokeAll(id);
    });
  }

  /**
   * Gives a role, limited to the images of `scope`; what an earlier grant of it was limited to is replaced. Throws
   * UnknownRoleError, or ScopeNotApplicableError for a role that cannot be limited. Safe to repeat.
   */
  async assignRole(id: PrincipalId, roleId: string, scope: ImageScope = 'all'): Promise<void> {
    const role = knownRole(roleId);
    if (scope !== 'all' && role !== CONTENT_WRITER) {
      throw new ScopeNotApplicableError();
    }
    await this.database.transaction(async (tx) => {
      await lockPrincipal(tx, id);
      await new PrincipalRepository(tx).assignRole(id, role, scope);
    });
  }

  /** Throws UnknownRoleError, or LastAuthManagerError for the role of the last usable one. Safe to repeat. */
  async removeRole(id: PrincipalId, roleId: string): Promise<void> {
    const role = knownRole(roleId);
    await keepingAnAuthManager(this.database, async (tx) => {
      await lockPrincipal(tx, id);
      await new PrincipalRepository(tx).removeRole(id, role);
    });
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
