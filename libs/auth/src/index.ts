export {
  ApiTokenNotFoundError,
  type AuthErrorCode,
  ForbiddenError,
  ImageOutOfScopeError,
  LastAuthManagerError,
  PrincipalNotFoundError,
  TokenExpiryNotInFutureError,
  TooManyFailuresError,
  UnauthenticatedError,
  type UnauthenticatedReason,
  UnknownRoleError,
} from './auth.errors.js';
export { Authenticator } from './authenticator.js';
export { FailureLimits } from './abuse/failure-limits.js';
export { type BootstrapOptions, ensureBootstrapToken } from './bootstrap/bootstrap.js';
export {
  authorize,
  authorizeImage,
  authorizePatterns,
  type Caller,
  type Credential,
  isAllowed,
  mayWriteImage,
} from './caller.js';
export {
  IMAGE_PATTERN,
  imagePattern,
  type ImagePattern,
  type ImageScope,
  MOST_IMAGE_PATTERNS,
} from './grants/image-patterns.js';
export { createOidc, type Oidc, type OidcOptions } from './oidc/oidc.js';
export { OidcAuthenticator } from './oidc/oidc-authenticator.js';
export { IssuerUnreachableError, NoMatchingRuleError } from './oidc/oidc.errors.js';
export { LONGEST_CONDITION_BYTES } from './oidc/condition/condition.js';
export { LONGEST_ISSUER_URL } from './oidc/issuer/issuer-url.js';
export { type Evaluation, RuleEvaluation, type Sample } from './oidc/rules/evaluate-rule.js';
export type { RuleWarning, RuleWarningCode } from './oidc/rules/lint-rule.js';
export {
  type DraftRule,
  type ProvisioningRule,
  provisioningRuleId,
  type ProvisioningRuleId,
  RULE_ID,
  RULE_ROLES,
} from './oidc/rules/provisioning-rule.js';
export { ProvisioningRules, type SavedRule } from './oidc/rules/provisioning-rules.js';
export { type Reconciliation, RuleReconciliation } from './oidc/rules/reconciliation.js';
export {
  type NewPrincipal,
  type Principal,
  PRINCIPAL_KINDS,
  type PrincipalAttributes,
  type PrincipalChange,
  principalId,
  type PrincipalId,
  type PrincipalKind,
} from './principals/principal.js';
export { Principals } from './principals/principals.js';
export { type Action, CONTENT_READER, CONTENT_WRITER, type Role, type RoleId, ROLES } from './roles.js';
export {
  type ApiToken,
  apiTokenId,
  type ApiTokenId,
  type IssuedApiToken,
  type NewApiToken,
} from './tokens/api-token.js';
export { ApiTokens } from './tokens/api-tokens.js';
export { type IssuedReadLink, type ReadLink, readLinkId } from './read-links/read-link.js';
export { ReadLinks } from './read-links/read-links.js';
