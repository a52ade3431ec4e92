import { createLocalJWKSet } from 'jose';
import type { IssuerDocuments } from '../issuer/issuer-documents.js';
import { TokenRefusedError } from '../token/token-refused.error.js';
import { readUnverifiedToken } from '../token/unverified-token.js';
import { audiencesOf, verifyToken } from '../token/verify-token.js';

import { lintRule, type RuleWarning } from './lint-rule.js';
import { type MatchFailure, matchRule, type Presented } from './match-rule.js';
import type { DraftRule, RuleTerms } from './provisioning-rule.js';
import type { ProvisioningRules } from './provisioning-rules.js';

/** What a draft is tried on: the claims a token would have, or a whole token, which is verified as for a request. */
export type Sample =
  | { readonly kind: 'claims'; readonly claims: Readonly<Record<string, unknown>> }
  | { readonly kind: 'token'; readonly token: string };

export interface Evaluation {
  readonly matches: boolean;
  readonly reason: 'matched' | 'token-refused' | MatchFailure;
  readonly detail: string;
  readonly warnings: readonly RuleWarning[];
}

/** Tries rules that nobody has saved. Nothing is stored, whatever the outcome. */
export class RuleEvaluation {
  constructor(
    private readonly rules: ProvisioningRules,
    private readonly documents: IssuerDocuments,
  ) {}

  /**
   * Says whether the draft, were it enabled, would let the sample in, and why. Throws InvalidConditionError or
   * InvalidIssuerError for the draft, and for a token also IssuerUnreachableError or IssuerMismatchError.
   */
  async evaluate(draft: DraftRule, sample: Sample): Promise<Evaluation> {
    const { condition, issuer } = this.rules.check(draft);
    const terms = { ...draft, issuerUrl: issuer };
    const warnings = lintRule(terms, condition.ast);
    try {
      const presented =
        sample.kind === 'token' ? await this.verified(sample.token, terms) : claimed(sample.claims);
      const outcome = matchRule(terms, condition, presented);
      return outcome.matches
        ? { matches: true, reason: 'matched', detail: 'The rule matches.', warnings }
        : { ...outcome, warnings };
    } catch (error) {
      if (error instanceof TokenRefusedError) {
        const detail = `The token is refused: ${error.message}.`;
        return { matches: false, reason: 'token-refused', detail, warnings };
      }
      throw error;
    }
  }

  /** Keys are read anew, so that a dry run neither uses nor fills what requests depend on. */
  private async verified(text: string, { issuerUrl, jwksOrigins }: RuleTerms): Promise<Presented> {
    const token = readUnverifiedToken(text);
    if (token.claimedIssuer !== issuerUrl) {
      throw new TokenRefusedError('jwt-refused', 'its iss is not exactly the issuer_url of the rule');
    }
    const { keys } = await this.documents.keys(issuerUrl, jwksOrigins);
    return verifyToken(token, (_issuer, header) => createLocalJWKSet(keys)(header));
  }
}

function claimed(claims: Readonly<Record<string, unknown>>): Presented {
  const { iss, sub, aud, jti } = claims;
  return {
    issuer: typeof iss === 'string' ? iss : '',
    subject: typeof sub === 'string' ? sub : '',
    audiences: audiencesOf(aud),
    credentialId: typeof jti === 'string' ? jti : 'sample',
    claims,
  };
}
