import type { Connection, Transaction } from '@imgsrv/platform';
import { knownRoleIds } from '../../roles.js';
import { storedScope, toStored } from '../../grants/image-patterns.js';
import { issuerUrl, type IssuerUrl } from '../issuer/issuer-url.js';
import { type ProvisioningRule, type ProvisioningRuleId, provisioningRuleId } from './provisioning-rule.js';

/** The table `oidc_provisioning_rules`. What writes needs a `Transaction`. */
export class ProvisioningRuleRepository<Source extends Connection = Connection> {
  constructor(private readonly connection: Source) {}

  /** The rules that may let a token of this issuer in, oldest first: read for every such request. */
  async listEnabled(issuer: string): Promise<ProvisioningRule[]> {
    const rows = await this.connection.rows<RuleRow>(
      `SELECT ${COLUMNS} FROM oidc_provisioning_rules
       WHERE issuer_url = $1 AND enabled ORDER BY created_at, id`,
      [issuer],
    );
    return rows.map(toRule);
  }

  /** Answers undefined when the id is taken. */
  async insert(
    this: ProvisioningRuleRepository<Transaction>,
    rule: NewProvisioningRule,
  ): Promise<ProvisioningRule | undefined> {
    const [row] = await this.connection.rows<RuleRow>(
      `INSERT INTO oidc_provisioning_rules
         (id, name, display_name, issuer_url, audience, forwarded_claims, condition, enabled, image_patterns,
          jwks_origins, role_ids)
       VALUES (coalesce($1::uuid, gen_random_uuid()), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
       ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
      [...storedId(rule.id), ...valuesOf(rule)],
    );
    return row === undefined ? undefined : toRule(row);
  }

  async find(id: ProvisioningRuleId): Promise<ProvisioningRule | undefined> {
    return this.select(id, '');
  }

  /** As `find`, and nobody else changes the rule until the transaction ends. */
  async lock(
    this: ProvisioningRuleRepository<Transaction>,
    id: ProvisioningRuleId,
  ): Promise<ProvisioningRule | undefined> {
    return this.select(id, 'FOR UPDATE');
  }

  /** Oldest first; at most `limit` after this place. */
  async list(limit: number, after?: RuleOrder): Promise<OrderedRule[]> {
    const rows = await this.connection.rows<RuleRow & { readonly created_order: string }>(
      `SELECT ${COLUMNS}, ${CREATED_ORDER} AS created_order FROM oidc_provisioning_rules
       WHERE $1::bigint IS NULL OR (${CREATED_ORDER}, id) > ($1, $2::uuid)
       ORDER BY created_order, id LIMIT $3`,
      [after?.created ?? null, after?.rowId ?? null, limit],
    );
    return rows.map((row) => ({ rule: toRule(row), order: { created: row.created_order, rowId: row.id } }));
  }

  /** Answers undefined when there is no such rule. */
  async replace(
    this: ProvisioningRuleRepository<Transaction>,
    rule: ProvisioningRule,
  ): Promise<ProvisioningRule | undefined> {
    const [row] = await this.connection.rows<RuleRow>(
      `UPDATE oidc_provisioning_rules
       SET display_name = $2, issuer_url = $3, audience = $4, forwarded_claims = $5, condition = $6,
         enabled = $7, image_patterns = $8, jwks_origins = $9, role_ids = $10, updated_at = now()
       WHERE id = $1::uuid RETURNING ${COLUMNS}`,
      [rule.rowId, ...valuesOf(rule)],
    );
    return row === undefined ? undefined : toRule(row);
  }

  async delete(this: ProvisioningRuleRepository<Transaction>, id: ProvisioningRuleId): Promise<void> {
    await this.connection.rows(`DELETE FROM oidc_provisioning_rules r WHERE ${ruleIdOf('r')} = $1`, [id]);
  }

  private async select(
    id: ProvisioningRuleId,
    lock: '' | 'FOR UPDATE',
  ): Promise<ProvisioningRule | undefined> {
    const [row] = await this.connection.rows<RuleRow>(
      `SELECT ${COLUMNS} FROM oidc_provisioning_rules r WHERE ${ruleIdOf('r')} = $1 ${lock}`,
      [id],
    );
    return row === undefined ? undefined : toRule(row);
  }
}

/** As SQL, the id of a rule in a table of this alias. */
export function ruleIdOf(alias: string): string {
  return `coalesce(${alias}.name, ${alias}.id::text)`;
}

export interface NewProvisioningRule extends Omit<ProvisioningRule, 'id' | 'rowId'> {
  /** Absent: the database chooses one. */
  readonly id?: ProvisioningRuleId;
}

/** The place of a rule in the list. It stays one when the rule is deleted. */
export interface RuleOrder {
  /** Microseconds since 1970. */
  readonly created: string;
  readonly rowId: string;
}

export interface OrderedRule {
  readonly rule: ProvisioningRule;
  readonly order: RuleOrder;
}

interface RuleRow {
  readonly id: string;
  readonly name: string | null;
  readonly display_name: string;
  readonly issuer_url: string;
  readonly audience: string;
  readonly forwarded_claims: readonly string[];
  readonly condition: string;
  readonly enabled: boolean;
  readonly image_patterns: readonly string[] | null;
  readonly jwks_origins: readonly string[];
  readonly role_ids: readonly string[];
}

const COLUMNS =
  'id, name, display_name, issuer_url, audience, forwarded_claims, condition, enabled, image_patterns, jwks_origins, role_ids';

/** Microseconds, which a JavaScript date would cut. */
const CREATED_ORDER = '(extract(epoch FROM created_at) * 1000000)::bigint';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The columns `id` and `name`: what looks like a UUID is one. */
function storedId(id: ProvisioningRuleId | undefined): readonly [string | null, string | null] {
  if (id === undefined) {
    return [null, null];
  }
  return UUID.test(id) ? [id, null] : [null, id];
}

function valuesOf(rule: NewProvisioningRule): readonly unknown[] {
  return [
    rule.displayName,
    rule.issuerUrl satisfies IssuerUrl,
    rule.audience,
    [...rule.forwardedClaims],
    rule.condition,
    rule.enabled,
    toStored(rule.imageScope),
    [...rule.jwksOrigins],
    [...rule.roleIds],
  ];
}

function toRule(row: RuleRow): ProvisioningRule {
  return {
    id: provisioningRuleId(row.name ?? row.id),
    rowId: row.id,
    displayName: row.display_name,
    issuerUrl: issuerUrl(row.issuer_url),
    audience: row.audience,
    forwardedClaims: row.forwarded_claims,
    condition: row.condition,
    enabled: row.enabled,
    imageScope: storedScope(row.image_patterns),
    jwksOrigins: row.jwks_origins,
    roleIds: knownRoleIds(row.role_ids),
  };
}
