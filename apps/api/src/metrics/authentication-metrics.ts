import { Injectable } from '@nestjs/common';
import {
  type Credential,
  ForbiddenError,
  NoMatchingRuleError,
  TooManyFailuresError,
  UnauthenticatedError,
  type UnauthenticatedReason,
} from '@imgsrv/auth';
import { DependencyUnavailableError } from '@imgsrv/platform';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { Counter } from 'prom-client';
import { AUTHENTICATIONS } from './metrics.js';

type CredentialKind = Credential['kind'] | 'basic' | 'none' | 'other';
type Outcome =
  | 'accepted'
  | 'throttled'
  | 'forbidden'
  | 'no-matching-rule'
  | 'unavailable'
  | 'failed'
  | UnauthenticatedReason;

const API_TOKEN = /^Bearer +imgsrv_at_/i;
const JWT = /^Bearer +[\w-]+\.[\w-]+\.[\w-]*$/i;

/** Counts what came of the credentials that requests carried. Anonymous requests that may be so are not counted. */
@Injectable()
export class AuthenticationMetrics {
  constructor(@InjectMetric(AUTHENTICATIONS) private readonly authentications: Counter) {}

  /** `authorization`: the header as it came. `error`: what kept the request out, if anything. */
  ended(authorization: string | undefined, error?: unknown): void {
    this.count(kindOf(authorization), error);
  }

  /** As `ended`, of a request that came by a read link. */
  linkEnded(error?: unknown): void {
    this.count('read-link', error);
  }

  private count(credential: CredentialKind, error: unknown): void {
    const outcome: Outcome = error === undefined ? 'accepted' : outcomeOf(error);
    this.authentications.inc({ credential, outcome });
  }
}

/** By its looks only: most of what is refused never gets further. */
function kindOf(authorization: string | undefined): CredentialKind {
  if (authorization === undefined) {
    return 'none';
  }
  if (API_TOKEN.test(authorization)) {
    return 'api-token';
  }
  if (/^Basic\b/i.test(authorization)) {
    return 'basic';
  }
  return JWT.test(authorization) ? 'oidc-token' : 'other';
}

function outcomeOf(error: unknown): Outcome {
  if (error instanceof UnauthenticatedError) {
    return error.reason;
  }
  if (error instanceof ForbiddenError) {
    return 'forbidden';
  }
  if (error instanceof TooManyFailuresError) {
    return 'throttled';
  }
  if (error instanceof NoMatchingRuleError) {
    return 'no-matching-rule';
  }
  return error instanceof DependencyUnavailableError ? 'unavailable' : 'failed';
}
