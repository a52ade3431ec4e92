import type { Reconciliation } from '@imgsrv/auth';
import { PrincipalResponse, toPrincipalResponse } from './principal.dto.js';

export class ReconciliationResponse {
  rule_id: string;
  /** The roles that only the rule should give. */
  unassign_role_ids: string[];
  /** Who has one of them on its own as well, as before the change. */
  principals: PrincipalResponse[];
  /** Whether the roles were taken. */
  applied: boolean;
}

export function toReconciliationResponse(reconciliation: Reconciliation): ReconciliationResponse {
  return {
    rule_id: reconciliation.ruleId,
    unassign_role_ids: [...reconciliation.unassignRoleIds],
    principals: reconciliation.principals.map(toPrincipalResponse),
    applied: reconciliation.applied,
  };
}
