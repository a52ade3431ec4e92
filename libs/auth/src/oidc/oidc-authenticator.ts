import { setImmediate } from 'node:timers/promises';
import type { ChangeRecorder, Database, Logger } from '@imgsrv/platform';
import { LRUCache } from 'lru-cache';
import { UnauthenticatedError } from '../auth.errors.js';
import type { Caller } from '../caller.js';
import { permissionsOf } from '../grants/permissions.js';
import type { Grants } from '../grants/stored-grants.js';
import { CONTENT_READER } from '../roles.js';
import { compileCondition, type Condition } from './condition/condition.js';
import type { IssuerKeys } from './issuer/issuer-keys.js';
import { InvalidConditionError, NoMatchingRuleError } from './oidc.errors.js';
import { type OidcIdentity, OidcIdentityRepository } from './oidc-identity.repository.js';
import { pipelineOf } from './pipeline.js';
import { isGitHub } from './rules/known-issuers.js';
import { matchRule } from './rules/match-rule.js';
import type { ProvisioningRule } from './rules/provisioning-rule.js';
import { ProvisioningRuleRepository } from './rules/provisioning-rule.repository.js';
import { TokenRefusedError } from './token/token-refused.error.js';
import { readUnverifiedToken, type UnverifiedToken } from './token/unverified-token.js';
import { type VerifiedToken, verifyToken } from './token/verify-token.js';

const LONGEST_DISPLAY_NAME = 255;
const MOST_CONDITIONS = 256;
/** How long conditions are evaluated in one go. */
const SLICE_MS = 10;

/** Turns a JWT of an issuer that rules name into who calls. Rules and principals are read anew for every request. */
export class OidcAuthenticator {
  /** Compiled, by their source: the same text always compiles to the same, so none can be stale. */
  private readonly conditions = new LRUCache<string, Condition>({
    max: MOST_CONDITIONS,
    memoMethod: (source) => compileCondition(source),
  });

  constructor(
    private readonly database: Database,
    private readonly keys: IssuerKeys,
    private readonly logger: Logger,
    private readonly changes: ChangeRecorder,
  ) {}

  /**
   * Throws UnauthenticatedError; NoMatchingRuleError when the token is genuine and no rule lets it in, and nothing is
   * stored then; DependencyUnavailableError when the database or the issuer's keys cannot be had.
   */
  async authenticate(unverified: UnverifiedToken): Promise<Caller> {
    try {
      const { token, rules } = await this.verify(unverified);
      const matching = await this.matching(token, rules);
      const identity = await this.identityOf(token, matching[0]);
      return toCaller(token, identity, matching);
    } catch (error) {
      throw this.toRefusal(error);
    }
  }

  /** Reads a token without asking anybody. Throws UnauthenticatedError for what no issuer vouches for. */
  read(text: string): UnverifiedToken {
    try {
      return readUnverifiedToken(text);
    } catch (error) {
      throw this.toRefusal(error);
    }
  }

  private toRefusal(error: unknown): unknown {
    if (error instanceof TokenRefusedError) {
      this.logger.info({ reason: error.message }, 'a JWT was refused');
      return new UnauthenticatedError(error.refusal);
    }
    return error;
  }

  /** Nothing is asked of an issuer unless an enabled rule names it exactly. */
  private async verify(
    unverified: UnverifiedToken,
  ): Promise<{ token: VerifiedToken; rules: readonly ProvisioningRule[] }> {
    const rules = await new ProvisioningRuleRepository(this.database).listEnabled(unverified.claimedIssuer);
    if (rules.length === 0) {
      throw new TokenRefusedError('jwt-refused', 'no enabled rule names its issuer');
    }
    const origins = [...new Set(rules.flatMap(({ jwksOrigins }) => jwksOrigins))];
    let keysOrigin = '';
    const token = await verifyToken(unverified, async (issuer, header) => {
      const { key, origin } = await this.keys.find(issuer, header, origins);
      keysOrigin = origin;
      return key;
    });
    const meant = rules.filter(
      (rule) => token.audiences.includes(rule.audience) && trustsKeysOf(rule, keysOrigin),
    );
    if (meant.length === 0) {
      throw new TokenRefusedError('jwt-audience', 'no rule of its issuer has its audience');
    }
    return { token, rules: meant };
  }

  /**
   * Every rule that lets the token in, oldest first; what they give adds up. Each condition is quick, but there may be
   * many: other requests get their turn in between.
   */
  private async matching(token: VerifiedToken, rules: readonly ProvisioningRule[]): Promise<MatchingRules> {
    const matching: ProvisioningRule[] = [];
    let sliceBeganAtMs = performance.now();
    for (const rule of rules) {
      if (performance.now() - sliceBeganAtMs > SLICE_MS) {
        await setImmediate();
        sliceBeganAtMs = performance.now();
      }
      if (this.matches(rule, token)) {
        matching.push(rule);
      }
    }
    const [oldest, ...others] = matching;
    if (oldest === undefined) {
      throw new NoMatchingRuleError(token);
    }
    return [oldest, ...others];
  }

  /** A stored condition that this release does not accept any more lets nobody in; other rules count all the same. */
  private matches(rule: ProvisioningRule, token: VerifiedToken): boolean {
    try {
      return matchRule(rule, this.conditions.memo(rule.condition), token).matches;
    } catch (error) {
      if (error instanceof InvalidConditionError) {
        this.logger.warn(
          { rule_id: rule.id, reason: error.message },
          'a provisioning rule cannot be evaluated',
        );
        return false;
      }
      throw error;
    }
  }

  private async identityOf(token: VerifiedToken, rule: ProvisioningRule): Promise<OidcIdentity> {
    const identity =
      (await this.identities.find(token.issuer, token.subject)) ?? (await this.provision(token, rule));
    if (identity.isPrincipalDisabled) {
      throw new UnauthenticatedError('principal-disabled', {
        principalId: identity.principalId,
        credentialId: token.credentialId,
      });
    }
    if (identity.ruleRowId !== rule.rowId) {
      await this.database.write((tx) => new OidcIdentityRepository(tx).noteRule(identity.principalId, rule));
    }
    return identity;
  }

  private async provision({ issuer, subject }: VerifiedToken, rule: ProvisioningRule): Promise<OidcIdentity> {
    const source = isGitHub(issuer) ? 'github-actions' : 'oidc';
    const newIdentity = {
      issuer,
      subject,
      rule,
      kind: isGitHub(issuer) ? ('service' as const) : ('user' as const),
      displayName: Array.from(`${source}:${subject}`).slice(0, LONGEST_DISPLAY_NAME).join(''),
    };
    await this.database.transaction(async (tx) => {
      const id = await new OidcIdentityRepository(tx).provision(newIdentity);
      if (id !== undefined) {
        await this.changes.record(tx, {
          action: 'principal.provision',
          resource: `auth/principals/${id}`,
          after: { issuer_url: issuer, subject, rule_id: rule.id },
        });
      }
    });
    const identity = await this.identities.find(issuer, subject);
    if (identity === undefined) {
      throw new Error('a provisioned identity is not there');
    }
    return identity;
  }

  private get identities(): OidcIdentityRepository {
    return new OidcIdentityRepository(this.database);
  }
}

/** Another rule of the same issuer may name origins that this one does not. */
function trustsKeysOf({ issuerUrl, jwksOrigins }: ProvisioningRule, origin: string): boolean {
  return origin === new URL(issuerUrl).origin || jwksOrigins.includes(origin);
}

type MatchingRules = readonly [ProvisioningRule, ...ProvisioningRule[]];

function toCaller(token: VerifiedToken, identity: OidcIdentity, rules: MatchingRules): Caller {
  const pipeline = pipelineOf(token);
  return {
    principalId: identity.principalId,
    principalKind: identity.principalKind,
    displayName: identity.displayName,
    ...permissionsOf(identity.assigned, ...rules.map(grantsOf)),
    credential: { kind: 'oidc-token', id: token.credentialId, expiresAt: token.expiresAt },
    ...(pipeline === undefined ? {} : { pipeline }),
  };
}

function grantsOf({ roleIds, imageScope }: ProvisioningRule): Grants {
  return { roleIds, imageScope, readScope: roleIds.includes(CONTENT_READER) ? imageScope : [] };
}
