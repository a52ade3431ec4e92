import type { Connection, Transaction } from '@imgsrv/platform';
import { type ImageScope, toStored } from '../grants/image-patterns.js';
import { grantColumns, type GrantsRow, toGrants } from '../grants/stored-grants.js';
import { knownRoleIds, type RoleId } from '../roles.js';
import { ruleIdOf } from '../oidc/rules/provisioning-rule.repository.js';
import {
  type DerivedRole,
  type NewPrincipal,
  type Principal,
  type PrincipalAttributes,
  type PrincipalChange,
  type PrincipalId,
  type PrincipalKind,
  principalId,
} from './principal.js';

/** The tables `principals` and `role_assignments`. A deleted principal is found by none of these. What writes needs a `Transaction`. */
export class PrincipalRepository<Source extends Connection = Connection> {
  constructor(private readonly connection: Source) {}

  async insert(this: PrincipalRepository<Transaction>, principal: NewPrincipal): Promise<Principal> {
    const rows = await this.connection.rows<PrincipalRow>(
      `INSERT INTO principals AS p (kind, display_name, attributes) VALUES ($1, $2, $3::jsonb)
       RETURNING ${COLUMNS}`,
      [principal.kind, principal.displayName, toJson(principal.attributes)],
    );
    const [row] = rows;
    if (row === undefined) {
      throw new Error('INSERT INTO principals returned no row');
    }
    return toPrincipal(row);
  }

  async find(id: PrincipalId): Promise<Principal | undefined> {
    const [row] = await this.connection.rows<PrincipalRow>(
      `SELECT ${COLUMNS} FROM principals p WHERE p.id = $1 AND p.deleted_at IS NULL`,
      [id],
    );
    return row === undefined ? undefined : toPrincipal(row);
  }

  /** The oldest enabled holder of the role with this name. */
  async findEnabledByName(
    kind: PrincipalKind,
    displayName: string,
    roleId: RoleId,
  ): Promise<Principal | undefined> {
    const [row] = await this.connection.rows<PrincipalRow>(
      `SELECT ${COLUMNS} FROM principals p
       JOIN role_assignments r ON r.principal_id = p.id AND r.role_id = $3
       WHERE p.kind = $1 AND p.display_name = $2 AND NOT p.disabled AND p.deleted_at IS NULL
       ORDER BY p.created_at, p.id LIMIT 1`,
      [kind, displayName, roleId],
    );
    return row === undefined ? undefined : toPrincipal(row);
  }

  /** Oldest first; at most `limit` after the principal `after`. */
  async list(limit: number, after?: string): Promise<Principal[]> {
    const rows = await this.connection.rows<PrincipalRow>(
      `SELECT ${COLUMNS} FROM principals p
       WHERE p.deleted_at IS NULL
         AND ($1::uuid IS NULL
           OR (p.created_at, p.id) > (SELECT a.created_at, a.id FROM principals a WHERE a.id = $1::uuid))
       ORDER BY p.created_at, p.id LIMIT $2`,
      [after ?? null, limit],
    );
    return rows.map(toPrincipal);
  }

  /** Those that an OpenID Connect rule let in last and that were given one of the roles; oldest first. */
  async listProvisioned(ruleRowId: string, roleIds: readonly RoleId[]): Promise<Principal[]> {
    const rows = await this.connection.rows<PrincipalRow>(
      `SELECT ${COLUMNS} FROM principals p
       JOIN oidc_identities i ON i.principal_id = p.id AND i.rule_id = $1
       WHERE p.deleted_at IS NULL AND EXISTS
         (SELECT 1 FROM role_assignments r WHERE r.principal_id = p.id AND r.role_id = ANY($2::text[]))
       ORDER BY p.created_at, p.id`,
      [ruleRowId, [...roleIds]],
    );
    return rows.map(toPrincipal);
  }

  async update(
    this: PrincipalRepository<Transaction>,
    id: PrincipalId,
    change: PrincipalChange,
  ): Promise<Principal | undefined> {
    const [row] = await this.connection.rows<PrincipalRow>(
      `UPDATE principals p
       SET display_name = coalesce($2, p.display_name), disabled = coalesce($3, p.disabled), updated_at = now()
       WHERE p.id = $1 AND p.deleted_at IS NULL RETURNING ${COLUMNS}`,
      [id, change.displayName ?? null, change.disabled ?? null],
    );
    return row === undefined ? undefined : toPrincipal(row);
  }

  /** The row stays, because history refers to its id. Answers false when there is no such principal. */
  async markDeleted(this: PrincipalRepository<Transaction>, id: PrincipalId): Promise<boolean> {
    const rows = await this.connection.rows(
      `UPDATE principals SET deleted_at = now(), updated_at = now()
       WHERE id = $1 AND deleted_at IS NULL RETURNING id`,
      [id],
    );
    return rows.length === 1;
  }

  /** Holds the principal against deletion until the transaction ends. Answers false when there is none. */
  async lock(this: PrincipalRepository<Transaction>, id: PrincipalId): Promise<boolean> {
    const rows = await this.connection.rows(
      `SELECT id FROM principals WHERE id = $1 AND deleted_at IS NULL FOR SHARE`,
      [id],
    );
    return rows.length === 1;
  }

  /** Gives the role, or replaces what it is limited to. */
  async assignRole(
    this: PrincipalRepository<Transaction>,
    id: PrincipalId,
    roleId: RoleId,
    scope: ImageScope,
  ): Promise<void> {
    await this.connection.rows(
      `INSERT INTO role_assignments (principal_id, role_id, image_patterns) VALUES ($1, $2, $3)
       ON CONFLICT (principal_id, role_id) DO UPDATE SET image_patterns = EXCLUDED.image_patterns`,
      [id, roleId, toStored(scope)],
    );
  }

  async removeRole(this: PrincipalRepository<Transaction>, id: PrincipalId, roleId: RoleId): Promise<void> {
    await this.connection.rows(`DELETE FROM role_assignments WHERE principal_id = $1 AND role_id = $2`, [
      id,
      roleId,
    ]);
  }

  async removeAllRoles(this: PrincipalRepository<Transaction>, id: PrincipalId): Promise<void> {
    await this.connection.rows(`DELETE FROM role_assignments WHERE principal_id = $1`, [id]);
  }
}

interface PrincipalRow extends GrantsRow {
  readonly id: string;
  readonly kind: PrincipalKind;
  readonly display_name: string;
  readonly attributes: PrincipalAttributes | null;
  readonly disabled: boolean;
  readonly rule_id: string | null;
  readonly rule_role_ids: readonly string[] | null;
}

const COLUMNS = `p.id, p.kind, p.display_name, p.attributes, p.disabled,
${grantColumns('p')},
  ${ofRule(ruleIdOf('r'))} AS rule_id, ${ofRule('r.role_ids')} AS rule_role_ids`;

/** As SQL, something of the enabled rule that let the principal in last. */
function ofRule(expression: string): string {
  return `(SELECT ${expression} FROM oidc_identities o JOIN oidc_provisioning_rules r ON r.id = o.rule_id AND r.enabled
    WHERE o.principal_id = p.id)`;
}

function toPrincipal(row: PrincipalRow): Principal {
  return {
    id: principalId(row.id),
    kind: row.kind,
    displayName: row.display_name,
    ...(row.attributes === null ? {} : { attributes: row.attributes }),
    ...toGrants(row),
    derivedRoles: derivedRoles(row),
    disabled: row.disabled,
  };
}

function derivedRoles({ rule_id: ruleId, rule_role_ids }: PrincipalRow): readonly DerivedRole[] {
  return ruleId === null ? [] : knownRoleIds(rule_role_ids ?? []).map((roleId) => ({ roleId, ruleId }));
}

function toJson(attributes: PrincipalAttributes | undefined): string | null {
  return attributes === undefined ? null : JSON.stringify(attributes);
}
