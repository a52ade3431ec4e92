import { ForbiddenError } from './auth.errors.js';
import type { PrincipalId, PrincipalKind } from './principals/principal.js';
import type { Action, RoleId } from './roles.js';
import type { ApiTokenId } from './tokens/api-token.js';

/** What proved who calls. One member a kind of credential. */
export type Credential =
  | { readonly kind: 'api-token'; readonly id: ApiTokenId; readonly expiresAt: Date }
  /** A JWT of an issuer; `id` is its `jti`, or a fingerprint of the token. */
  | { readonly kind: 'oidc-token'; readonly id: string; readonly expiresAt: Date };

/** An authenticated caller, as the database knew it when the request came. */
export interface Caller {
  readonly principalId: PrincipalId;
  readonly principalKind: PrincipalKind;
  readonly displayName: string;
  readonly roleIds: readonly RoleId[];
  readonly actions: ReadonlySet<Action>;
  readonly credential: Credential;
}

/** Says whether a caller, if there is one, may do `action`. */
export function isAllowed(caller: Caller | undefined, action: Action): boolean {
  return caller?.actions.has(action) === true;
}

/** Throws ForbiddenError unless there is a caller that may do `action`. */
export function authorize(caller: Caller | undefined, action: Action): void {
  if (!isAllowed(caller, action)) {
    throw new ForbiddenError(action);
  }
}
