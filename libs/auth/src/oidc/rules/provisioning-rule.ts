import type { ImageScope } from '../../grants/image-patterns.js';
import type { IssuerUrl } from '../issuer/issuer-url.js';
import type { RoleId } from '../../roles.js';

export type ProvisioningRuleId = string & { readonly __brand: 'ProvisioningRuleId' };

/** Lets tokens of one issuer for one audience in, when the condition holds. */
export interface ProvisioningRule extends RuleTerms {
  readonly id: ProvisioningRuleId;
  readonly displayName: string;
  readonly enabled: boolean;
  /** The images to which what it gives extends. */
  readonly imageScope: ImageScope;
}

/** What of a rule decides. */
export interface RuleTerms {
  readonly issuerUrl: IssuerUrl;
  /** Must be among the audiences of the token; the condition cannot change that. */
  readonly audience: string;
  /** The claims that the condition can see. */
  readonly forwardedClaims: readonly string[];
  /** CEL; see condition.ts. */
  readonly condition: string;
}

/** A rule as somebody wrote it: its issuer is not looked at yet. */
export interface DraftRule {
  readonly displayName: string;
  readonly issuerUrl: string;
  readonly audience: string;
  readonly forwardedClaims: readonly string[];
  readonly condition: string;
  readonly enabled: boolean;
  readonly imageScope: ImageScope;
}

/** What every matching rule gives, for as long as it matches. */
export const RULE_ROLES: readonly RoleId[] = ['content-writer'];

/** Brands an id from a validated path or a row. */
export function provisioningRuleId(canonicalUuid: string): ProvisioningRuleId {
  return canonicalUuid as ProvisioningRuleId;
}
