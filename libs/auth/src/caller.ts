import { ForbiddenError, ImageOutOfScopeError } from './auth.errors.js';
import { covers, coversPattern, type ImageScope } from './grants/image-patterns.js';
import type { Permissions } from './grants/permissions.js';
import type { Pipeline } from './oidc/pipeline.js';
import type { PrincipalId, PrincipalKind } from './principals/principal.js';
import type { ReadLinkId } from './read-links/read-link.js';
import type { Action } from './roles.js';
import type { ApiTokenId } from './tokens/api-token.js';

/** What proved who calls. One member a kind of credential. */
export type Credential =
  | { readonly kind: 'read-link'; readonly id: ReadLinkId; readonly expiresAt: Date }
  | { readonly kind: 'api-token'; readonly id: ApiTokenId; readonly expiresAt: Date }
  /** A JWT of an issuer; `id` is its `jti`, or a fingerprint of the token. */
  | { readonly kind: 'oidc-token'; readonly id: string; readonly expiresAt: Date };

/** An authenticated caller, as the database knew it when the request came. */
export interface Caller extends Permissions {
  readonly principalId: PrincipalId;
  readonly principalKind: PrincipalKind;
  readonly displayName: string;
  readonly credential: Credential;
  /** Of a read link: the only images that it shows. */
  readonly within?: ImageScope;
  /** Of a job of a CI system that is known. */
  readonly pipeline?: Pipeline;
}

/** Says whether a caller, if there is one, may do `action`. */
export function isAllowed(caller: Caller | undefined, action: Action): boolean {
  return caller?.actions.has(action) === true;
}

/** Says whether a caller, if there is one, may change the image of this name, whether or not it exists. */
export function mayWriteImage(caller: Caller | undefined, imageName: string): boolean {
  return caller !== undefined && isAllowed(caller, 'content.write') && covers(caller.imageScope, imageName);
}

/** Throws ImageOutOfScopeError unless the caller may make an image of this name. */
export function authorizeImage(caller: Caller, imageName: string): void {
  if (!mayWriteImage(caller, imageName)) {
    throw new ImageOutOfScopeError();
  }
}

/** Throws ImageOutOfScopeError unless the caller may change every image that one of the patterns names or may name. */
export function authorizePatterns(caller: Caller, patterns: readonly string[]): void {
  const { imageScope } = caller;
  if (imageScope !== 'all' && !patterns.every((pattern) => coversPattern(imageScope, pattern))) {
    throw new ImageOutOfScopeError();
  }
}

/** Throws ForbiddenError unless there is a caller that may do `action`. */
export function authorize(caller: Caller | undefined, action: Action): void {
  if (!isAllowed(caller, action)) {
    throw new ForbiddenError(action);
  }
}
