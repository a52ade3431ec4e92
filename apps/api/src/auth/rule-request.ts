import type { Sample } from '@imgsrv/auth';
import { InvalidRequestError } from '../http/http.errors.js';
import type { EvaluateRuleRequest, ProvisioningRuleRequest } from './provisioning-rule.dto.js';

/** Throws InvalidRequestError when a body names another rule than the path. */
export function requireSameId(body: ProvisioningRuleRequest, idInPath: string): void {
  if (body.id !== undefined && body.id !== idInPath) {
    throw InvalidRequestError.of({ pointer: '/id', detail: 'id must be the one in the path' });
  }
}

/** What a draft is tried on. Throws InvalidRequestError unless it is exactly one thing. */
export function toSample({ claims, token }: EvaluateRuleRequest): Sample {
  if (claims !== undefined && token === undefined) {
    return { kind: 'claims', claims };
  }
  if (token !== undefined && claims === undefined) {
    return { kind: 'token', token };
  }
  throw InvalidRequestError.of({ pointer: '', detail: 'either claims or token must be given' });
}
