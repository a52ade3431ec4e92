import { type Refusal } from '@imgsrv/audit';
import {
  ForbiddenError,
  ImageOutOfScopeError,
  NoMatchingRuleError,
  TooManyFailuresError,
  UnauthenticatedError,
  type UnauthenticatedReason,
} from '@imgsrv/auth';
import type { ImgsrvError } from '@imgsrv/platform';
import type { Request } from 'express';
import { refusedRoute } from './refused-route.js';
import { currentActor } from '../server/current-actor.js';

/** What anybody sends by mistake, and what proves nothing about anybody: it would only fill the audit log. */
const NOT_WORTH_KNOWING: ReadonlySet<UnauthenticatedReason> = new Set([
  'missing',
  'malformed',
  'jwt-malformed',
]);

/** What the audit log should say of a request that ended with `error`; undefined when it should say nothing. */
export function refusalOf(error: ImgsrvError, request: Request): Refusal | undefined {
  const { resource, facts } = refusedRoute(request);
  if (error instanceof UnauthenticatedError) {
    return NOT_WORTH_KNOWING.has(error.reason)
      ? undefined
      : { ...currentActor(), ...error.holder, action: 'authenticate', resource, reason: error.reason, facts };
  }
  const unmatched = error instanceof NoMatchingRuleError ? error : error.cause;
  if (unmatched instanceof NoMatchingRuleError) {
    const { issuer, subject, credentialId } = unmatched.presented;
    return {
      ...currentActor(),
      ...{ credentialKind: 'oidc-token', credentialId },
      ...{ action: 'authenticate', resource, reason: unmatched.code },
      facts: { ...facts, issuer_url: issuer, subject },
      alike: JSON.stringify([issuer, subject]),
    };
  }
  if (error instanceof TooManyFailuresError && error.isFirst) {
    return { ...currentActor(), action: 'authenticate', resource, reason: 'too-many-failures', facts };
  }
  const refused = isRefusal(error) ? error : error.cause;
  return isRefusal(refused)
    ? { ...currentActor(), action: 'authorize', resource, reason: refused.code, facts }
    : undefined;
}

function isRefusal(error: unknown): error is ForbiddenError | ImageOutOfScopeError {
  return error instanceof ForbiddenError || error instanceof ImageOutOfScopeError;
}
