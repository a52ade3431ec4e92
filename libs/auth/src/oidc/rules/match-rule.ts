import type { Condition, Facts } from '../condition/condition.js';
import { summaryOf } from '../condition/condition.js';
import type { RuleTerms } from './provisioning-rule.js';

/** Who presents what, as far as rules look at it. */
export interface Presented {
  readonly issuer: string;
  readonly subject: string;
  readonly audiences: readonly string[];
  readonly credentialId: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

export type MatchOutcome =
  | { readonly matches: true }
  | { readonly matches: false; readonly reason: MatchFailure; readonly detail: string };

export type MatchFailure = 'other-issuer' | 'other-audience' | 'condition-false' | 'condition-error';

/** Decides whether a rule lets somebody in. Whatever cannot be evaluated is no match. Never throws. */
export function matchRule(rule: RuleTerms, condition: Condition, presented: Presented): MatchOutcome {
  if (presented.issuer !== rule.issuerUrl) {
    return failure('other-issuer', 'iss is not exactly the issuer_url of the rule.');
  }
  if (!presented.audiences.includes(rule.audience)) {
    return failure('other-audience', 'aud does not contain the audience of the rule.');
  }
  try {
    return condition.evaluate(factsFor(rule, presented)) === true
      ? { matches: true }
      : failure('condition-false', 'The condition is false.');
  } catch (error) {
    return failure('condition-error', `The condition cannot be evaluated: ${summaryOf(error)}`);
  }
}

function factsFor(rule: RuleTerms, presented: Presented): Facts {
  const forwarded = Object.entries(presented.claims).filter(([name]) => rule.forwardedClaims.includes(name));
  return {
    claims: Object.fromEntries(forwarded),
    identity: {
      provider: presented.issuer,
      subject: presented.subject,
      credential_id: presented.credentialId,
    },
  };
}

function failure(reason: MatchFailure, detail: string): MatchOutcome {
  return { matches: false, reason, detail };
}
