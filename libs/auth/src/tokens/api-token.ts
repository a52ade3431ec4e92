import type { PrincipalId } from '../principals/principal.js';

export type ApiTokenId = string & { readonly __brand: 'ApiTokenId' };

/** One credential of a principal. It works from its creation until it expires or is revoked. */
export interface ApiToken {
  readonly id: ApiTokenId;
  readonly principalId: PrincipalId;
  /** What its holder calls it; may be empty. */
  readonly name: string;
  readonly expiresAt: Date;
  /** The last use, exact to about a minute. */
  readonly lastUsedAt?: Date;
  readonly revokedAt?: Date;
}

export interface NewApiToken {
  readonly name: string;
  readonly expiresAt: Date;
}

/** A token at the only moment at which its plaintext exists. */
export interface IssuedApiToken {
  readonly token: ApiToken;
  readonly plaintext: string;
}

/** Brands an id from a validated path or a row. */
export function apiTokenId(canonicalUuid: string): ApiTokenId {
  return canonicalUuid as ApiTokenId;
}
