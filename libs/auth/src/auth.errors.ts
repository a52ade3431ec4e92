import { ImgsrvError } from '@imgsrv/platform';
import type { OidcErrorCode } from './oidc/oidc.errors.js';
import type { TokenRefusal } from './oidc/token/token-refused.error.js';
import type { PrincipalId } from './principals/principal.js';
import type { Action } from './roles.js';

/** Every code that this lib raises on purpose, for exhaustive tables. */
export type AuthErrorCode =
  | UnauthenticatedError['code']
  | ForbiddenError['code']
  | TooManyFailuresError['code']
  | ImageOutOfScopeError['code']
  | ScopeNotApplicableError['code']
  | RoleIsDerivedError['code']
  | UnknownRoleError['code']
  | PrincipalNotFoundError['code']
  | ApiTokenNotFoundError['code']
  | ReadLinkNotFoundError['code']
  | ReadLinkUnusableError['code']
  | TokenExpiryNotInFutureError['code']
  | TokenLifetimeTooLongError['code']
  | LastAuthManagerError['code']
  | OidcErrorCode;

/** Why a request counts as unauthenticated. Everything but `missing` means that a credential was presented. */
export type UnauthenticatedReason =
  'missing' | 'malformed' | 'basic' | 'unknown' | 'expired' | 'revoked' | 'principal-disabled' | TokenRefusal;

const UNAUTHENTICATED: Record<UnauthenticatedReason, string> = {
  missing:
    'This request needs an API token or a JWT in the Authorization header: "Authorization: Bearer imgsrv_at_…".',
  malformed:
    'The Authorization header must carry one complete, unaltered API token or JWT: "Bearer imgsrv_at_…", or, to read, as the password of Basic.',
  basic:
    'Only requests that read (GET, HEAD) may use Basic; this one needs "Authorization: Bearer imgsrv_at_…".',
  unknown: 'The API token is not known here.',
  expired: 'The API token has expired.',
  revoked: 'The API token was revoked.',
  'principal-disabled': 'The principal of this token is disabled.',
  'jwt-malformed': 'The JWT is malformed, too large, or of a kind that is never accepted here.',
  'jwt-refused': 'The JWT is not accepted here: of an unknown issuer, or not signed by it.',
  'jwt-expired': 'The JWT has expired.',
  'jwt-claims': 'The JWT is not valid now, valid for too long, or lacks claims that are needed.',
  'jwt-audience': 'The JWT is meant for another audience.',
};

export interface CredentialHolder {
  readonly principalId: PrincipalId;
  /** The id of an API token, or the `jti` of a JWT; no secret. */
  readonly credentialId: string;
}

/** Nobody is known to be calling. The reasons after `unknown` are told only to who holds the token's secret. */
export class UnauthenticatedError extends ImgsrvError {
  readonly code = 'unauthenticated';

  constructor(
    readonly reason: UnauthenticatedReason,
    /** Whose credential it is, where that is certain; for the audit log. */
    readonly holder?: CredentialHolder,
  ) {
    super(UNAUTHENTICATED[reason]);
  }
}

/** Too many authentications failed here lately, and this one did not succeed either, or was not looked at. */
export class TooManyFailuresError extends ImgsrvError {
  readonly code = 'too-many-failed-authentications';

  constructor(
    /** Whole seconds until another try is let through. */
    readonly retryAfterS: number,
    /** True for the first refusal of a series. */
    readonly isFirst: boolean,
    cause?: Error,
  ) {
    super('Too many authentications failed from this address or with this token; wait before you retry.', {
      cause,
    });
  }
}

/** The caller is known and none of its roles allows the action. */
export class ForbiddenError extends ImgsrvError {
  readonly code = 'forbidden';

  constructor(readonly action: Action) {
    super(`This request needs a role that allows ${action}.`);
  }
}

/** The caller's grant covers other images than the one that it would make. */
export class ImageOutOfScopeError extends ImgsrvError {
  readonly code = 'image-out-of-scope';

  constructor() {
    super('Your grant does not cover an image of this name; GET /v1/auth/whoami lists what it covers.');
  }
}

/** Only content.write can be limited to images. */
export class ScopeNotApplicableError extends ImgsrvError {
  readonly code = 'scope-not-applicable';

  constructor() {
    super('Only the roles content-reader and content-writer can be limited by image_patterns.');
  }
}

/** The role was not given by hand, but by provisioning rules: only a change of these takes it. */
export class RoleIsDerivedError extends ImgsrvError {
  readonly code = 'role-is-derived';

  constructor(ruleIds: readonly string[]) {
    super(
      `Provisioning rules give this role: ${ruleIds.join(', ')}. Narrow or delete these, or disable the principal.`,
      { members: { rule_ids: ruleIds } },
    );
  }
}

export class UnknownRoleError extends ImgsrvError {
  readonly code = 'unknown-role';

  constructor() {
    super('There is no role with this id; GET /v1/auth/roles lists the roles.');
  }
}

export class PrincipalNotFoundError extends ImgsrvError {
  readonly code = 'principal-not-found';

  constructor() {
    super('There is no principal with this id.');
  }
}

export class ApiTokenNotFoundError extends ImgsrvError {
  readonly code = 'api-token-not-found';

  constructor() {
    super('There is no API token with this id.');
  }
}

export class ReadLinkNotFoundError extends ImgsrvError {
  readonly code = 'read-link-not-found';

  constructor() {
    super('There is no read link with this id.');
  }
}

/** Whoever has no usable link learns no more than that. */
export class ReadLinkUnusableError extends ImgsrvError {
  readonly code = 'read-link-unusable';

  constructor(cause?: Error) {
    super(
      'There is no such read link, or it has expired or was revoked; ask whoever gave it to you for another one.',
      {
        cause,
      },
    );
  }
}

export class TokenExpiryNotInFutureError extends ImgsrvError {
  readonly code = 'token-expiry-not-in-future';

  constructor() {
    super('expires_at must be in the future.');
  }
}

export class TokenLifetimeTooLongError extends ImgsrvError {
  readonly code = 'token-lifetime-too-long';

  constructor(maxLifetimeMs: number) {
    super(
      `expires_at must be at most ${durationOf(maxLifetimeMs)} from now; issue another token before this one expires.`,
    );
  }
}

/** The change would leave nobody who can manage auth. */
export class LastAuthManagerError extends ImgsrvError {
  readonly code = 'last-auth-manager';

  constructor() {
    super(
      'This change would remove the last usable auth-manager; give another principal the role and a token first.',
    );
  }
}

const HOUR_MS = 3_600_000;

function durationOf(ms: number): string {
  if (ms % HOUR_MS === 0) {
    return `${ms / HOUR_MS} hours`;
  }
  return `${ms / 1000} seconds`;
}
