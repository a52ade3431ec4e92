import type { Grants } from '../grants/stored-grants.js';
import type { RoleId } from '../roles.js';

export type PrincipalId = string & { readonly __brand: 'PrincipalId' };

export type PrincipalKind = 'user' | 'service';

export const PRINCIPAL_KINDS: readonly PrincipalKind[] = ['user', 'service'];

/** Free data about a principal, kept as given and never interpreted. */
export type PrincipalAttributes = Readonly<Record<string, unknown>>;

/** Somebody or something that can hold credentials. */
export interface Principal extends Grants {
  readonly id: PrincipalId;
  readonly kind: PrincipalKind;
  readonly displayName: string;
  readonly attributes?: PrincipalAttributes;
  /** What a provisioning rule gave it when it came last; stored nowhere, and only as long as the rule matches. */
  readonly derivedRoles: readonly DerivedRole[];
  /** True while none of its credentials work; they work again once it is enabled. */
  readonly disabled: boolean;
}

export interface DerivedRole {
  readonly roleId: RoleId;
  /** The id of the provisioning rule. */
  readonly ruleId: string;
}

export interface NewPrincipal {
  readonly kind: PrincipalKind;
  readonly displayName: string;
  readonly attributes?: PrincipalAttributes;
}

/** What may change about a principal; absent members stay as they are. */
export interface PrincipalChange {
  readonly displayName?: string;
  readonly disabled?: boolean;
}

/** Brands an id from a validated path or a row. */
export function principalId(canonicalUuid: string): PrincipalId {
  return canonicalUuid as PrincipalId;
}
