export {
  ApiTokenNotFoundError,
  type AuthErrorCode,
  ForbiddenError,
  LastAuthManagerError,
  PrincipalNotFoundError,
  TokenExpiryNotInFutureError,
  UnauthenticatedError,
  type UnauthenticatedReason,
  UnknownRoleError,
} from './auth.errors.js';
export { Authenticator } from './authenticator.js';
export { type BootstrapOptions, ensureBootstrapToken } from './bootstrap/bootstrap.js';
export { authorize, type Caller, type Credential, isAllowed } from './caller.js';
export type { Page, PageRequest } from './page.js';
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
export { type Action, type Role, type RoleId, ROLES } from './roles.js';
export {
  type ApiToken,
  apiTokenId,
  type ApiTokenId,
  type IssuedApiToken,
  type NewApiToken,
} from './tokens/api-token.js';
export { ApiTokens } from './tokens/api-tokens.js';
