import type { Connection, Transaction } from '@imgsrv/platform';
import { type PrincipalId, principalId, type PrincipalKind } from '../principals/principal.js';
import { grantColumns, type Grants, type GrantsRow, toGrants } from '../grants/stored-grants.js';
import type { ProvisioningRule } from './rules/provisioning-rule.js';

/** The principal that a subject of an issuer is here. */
export interface OidcIdentity {
  readonly principalId: PrincipalId;
  readonly principalKind: PrincipalKind;
  readonly displayName: string;
  /** True when the principal is disabled or deleted. */
  readonly isPrincipalDisabled: boolean;
  /** What somebody gave it by hand; what a rule gives is stored nowhere. */
  readonly assigned: Grants;
  /** The row of the rule that let it in last. */
  readonly ruleRowId: string;
}

export interface NewOidcIdentity {
  readonly issuer: string;
  readonly subject: string;
  readonly rule: Pick<ProvisioningRule, 'id' | 'rowId'>;
  readonly kind: PrincipalKind;
  readonly displayName: string;
}

/** The table `oidc_identities`, and the principals it leads to. What writes needs a `Transaction`. */
export class OidcIdentityRepository<Source extends Connection = Connection> {
  constructor(private readonly connection: Source) {}

  async find(issuer: string, subject: string): Promise<OidcIdentity | undefined> {
    const [row] = await this.connection.rows<IdentityRow>(
      `SELECT p.id AS principal_id, p.kind, p.display_name, i.rule_id,
         p.disabled OR p.deleted_at IS NOT NULL AS is_principal_disabled, ${grantColumns('p')}
       FROM oidc_identities i JOIN principals p ON p.id = i.principal_id
       WHERE i.issuer_url = $1 AND i.subject = $2`,
      [issuer, subject],
    );
    return row === undefined ? undefined : toIdentity(row);
  }

  /**
   * Makes the principal of a subject, once however many requests of it come at the same time, and answers its id;
   * undefined when another request made it.
   */
  async provision(
    this: OidcIdentityRepository<Transaction>,
    identity: NewOidcIdentity,
  ): Promise<PrincipalId | undefined> {
    const [row] = await this.connection.rows<{ id: string }>(
      `WITH provisioned AS (
         INSERT INTO oidc_identities (issuer_url, subject, principal_id, rule_id)
         VALUES ($1, $2, gen_random_uuid(), $3) ON CONFLICT DO NOTHING RETURNING principal_id)
       INSERT INTO principals (id, kind, display_name, attributes)
       SELECT principal_id, $4, $5, $6::jsonb FROM provisioned RETURNING id`,
      [
        identity.issuer,
        identity.subject,
        identity.rule.rowId,
        identity.kind,
        identity.displayName,
        JSON.stringify({
          provider: identity.issuer,
          subject: identity.subject,
          rule_id: identity.rule.id,
        }),
      ],
    );
    return row === undefined ? undefined : principalId(row.id);
  }

  /** Notes that another rule lets the principal in now. */
  async noteRule(
    this: OidcIdentityRepository<Transaction>,
    id: PrincipalId,
    rule: Pick<ProvisioningRule, 'id' | 'rowId'>,
  ): Promise<void> {
    await this.connection.rows(
      `WITH noted AS (
         UPDATE oidc_identities SET rule_id = $2 WHERE principal_id = $1 RETURNING principal_id)
       UPDATE principals p
       SET attributes = coalesce(p.attributes, '{}') || jsonb_build_object('rule_id', $3::text), updated_at = now()
       FROM noted WHERE p.id = noted.principal_id`,
      [id, rule.rowId, rule.id],
    );
  }
}

interface IdentityRow extends GrantsRow {
  readonly principal_id: string;
  readonly kind: PrincipalKind;
  readonly display_name: string;
  readonly is_principal_disabled: boolean;
  readonly rule_id: string;
}

function toIdentity(row: IdentityRow): OidcIdentity {
  return {
    principalId: principalId(row.principal_id),
    principalKind: row.kind,
    displayName: row.display_name,
    isPrincipalDisabled: row.is_principal_disabled,
    assigned: toGrants(row),
    ruleRowId: row.rule_id,
  };
}
