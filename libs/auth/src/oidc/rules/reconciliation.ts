import type { ChangeRecorder, Connection, Database } from '@imgsrv/platform';
import { PrincipalRepository } from '../../principals/principal.repository.js';
import type { Principal } from '../../principals/principal.js';
import type { RoleId } from '../../roles.js';
import { ProvisioningRuleNotFoundError } from '../oidc.errors.js';
import type { ProvisioningRule, ProvisioningRuleId } from './provisioning-rule.js';
import { ProvisioningRuleRepository } from './provisioning-rule.repository.js';

export interface Reconciliation {
  readonly ruleId: ProvisioningRuleId;
  /** The roles that only the rule should give. */
  readonly unassignRoleIds: readonly RoleId[];
  /** Those that have one of these roles on their own, as before the change. */
  readonly principals: readonly Principal[];
  /** True when the roles are taken. */
  readonly applied: boolean;
}

/**
 * Finds the principals that a rule let in last and that hold the rule's roles on their own as well: what somebody gave
 * them by hand outlives a narrowed rule. Applying takes those roles, so that the rule alone decides again.
 */
export class RuleReconciliation {
  constructor(
    private readonly database: Database,
    private readonly changes: ChangeRecorder,
  ) {}

  /** Throws ProvisioningRuleNotFoundError. */
  async preview(id: ProvisioningRuleId): Promise<Reconciliation> {
    return this.database.snapshot(async (connection) => describe(await affected(connection, id), false));
  }

  /** Throws ProvisioningRuleNotFoundError. Safe to repeat; the second time finds nobody. */
  async apply(id: ProvisioningRuleId): Promise<Reconciliation> {
    return this.database.transaction(async (tx) => {
      const found = await affected(tx, id);
      const { rule, principals } = found;
      for (const principal of principals) {
        for (const roleId of rule.roleIds) {
          await new PrincipalRepository(tx).removeRole(principal.id, roleId);
        }
      }
      await this.changes.record(tx, {
        action: 'provisioning_rule.reconcile',
        resource: `auth/oidc-provisioning-rules/${id}`,
        after: {
          unassigned_role_ids: rule.roleIds,
          principal_ids: principals.map((principal) => principal.id),
        },
      });
      return describe(found, true);
    });
  }
}

interface Affected {
  readonly rule: ProvisioningRule;
  readonly principals: readonly Principal[];
}

async function affected(connection: Connection, id: ProvisioningRuleId): Promise<Affected> {
  const rule = await new ProvisioningRuleRepository(connection).find(id);
  if (rule === undefined) {
    throw new ProvisioningRuleNotFoundError();
  }
  const principals = await new PrincipalRepository(connection).listProvisioned(rule.rowId, rule.roleIds);
  return { rule, principals };
}

function describe({ rule, principals }: Affected, applied: boolean): Reconciliation {
  return { ruleId: rule.id, unassignRoleIds: rule.roleIds, principals, applied };
}
