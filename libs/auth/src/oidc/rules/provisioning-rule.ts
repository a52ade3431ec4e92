import type { ImageScope } from '../../grants/image-patterns.js';
import type { IssuerUrl } from '../issuer/issuer-url.js';
import { CONTENT_READER, CONTENT_WRITER, type RoleId } from '../../roles.js';

export type ProvisioningRuleId = string & { readonly __brand: 'ProvisioningRuleId' };

/** Lets tokens of one issuer for one audience in, when the condition holds. */
export interface ProvisioningRule extends RuleTerms {
  readonly id: ProvisioningRuleId;
  /** By which other rows refer to it: never given again, unlike a readable id. */
  readonly rowId: string;
  readonly displayName: string;
  readonly enabled: boolean;
  /** What it gives, for as long as it matches. */
  readonly roleIds: readonly RoleId[];
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
  /** Where the keys of the issuer may be besides its own origin. */
  readonly jwksOrigins: readonly string[];
}

/** A rule as somebody wrote it: its issuer is not looked at yet. */
export interface DraftRule {
  readonly displayName: string;
  readonly issuerUrl: string;
  readonly audience: string;
  readonly forwardedClaims: readonly string[];
  readonly condition: string;
  readonly jwksOrigins: readonly string[];
  readonly enabled: boolean;
  readonly roleIds: readonly RoleId[];
  readonly imageScope: ImageScope;
}

/** What a rule can give. */
export const RULE_ROLES: readonly RoleId[] = [CONTENT_READER, CONTENT_WRITER];

/** The id of a rule: a readable name, or the UUID it gets when its author chooses none. */
export const RULE_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Brands an id from a validated path or a row. */
export function provisioningRuleId(validated: string): ProvisioningRuleId {
  return validated as ProvisioningRuleId;
}
