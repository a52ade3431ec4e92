import { timingSafeEqual } from 'node:crypto';
import { type Database, type Logger, SharedLookup } from '@imgsrv/platform';
import { FailureLimits } from './abuse/failure-limits.js';
import { ReadLinkUnusableError, UnauthenticatedError, type UnauthenticatedReason } from './auth.errors.js';
import type { Caller } from './caller.js';
import type { OidcAuthenticator } from './oidc/oidc-authenticator.js';
import { looksLikeJwt } from './oidc/token/unverified-token.js';
import { permissionsOf } from './grants/permissions.js';
import { parseToken, type TokenFingerprint } from './tokens/token.codec.js';
import { ReadLinkRepository } from './read-links/read-link.repository.js';
import { ApiTokenRepository, type StoredCredential } from './tokens/api-token.repository.js';
import { TokenUseRecorder } from './tokens/token-use.recorder.js';

/** Compared with when there is no such token, so that an unknown id takes the same steps as a wrong secret. */
const NO_SECRET = Buffer.alloc(32);

/**
 * Turns a bearer credential into who calls. Nothing is kept: a revocation counts from its commit on. Requests that come at the
 * same time share a look into the database.
 */
export class Authenticator {
  private readonly uses: TokenUseRecorder;
  private readonly credentials: SharedLookup<string, StoredCredential>;

  /** Without `oidc` no JWT is accepted, without `limits` anybody may fail as often as they like. */
  constructor(
    private readonly database: Database,
    logger: Logger,
    private readonly oidc?: OidcAuthenticator,
    private readonly limits = new FailureLimits(0),
  ) {
    this.uses = new TokenUseRecorder(database, logger);
    this.credentials = new SharedLookup((ids) => new ApiTokenRepository(database).findCredentials(ids));
  }

  /**
   * One look into the database; none for a text that cannot be a credential, and such a text does not count as a
   * failure. `source` is the address that it comes from. Throws UnauthenticatedError, TooManyFailuresError, for a JWT
   * also NoMatchingRuleError, or DependencyUnavailableError when the database or an issuer cannot tell.
   */
  async authenticate(credential: string, source?: string): Promise<Caller> {
    const { oidc } = this;
    if (oidc !== undefined && looksLikeJwt(credential)) {
      const token = oidc.read(credential);
      return this.limits.guard({ credential, source }, () => oidc.authenticate(token));
    }
    const presented = parseToken('imgsrv_at_', credential);
    if (presented === undefined) {
      throw new UnauthenticatedError('malformed');
    }
    const attempt = { credential, source, tokenId: presented.publicId };
    return this.limits.guard(attempt, () => this.identify(presented));
  }

  /**
   * Who reads by a link; such a caller may do nothing else. Throws ReadLinkUnusableError, TooManyFailuresError, or
   * DependencyUnavailableError when the database cannot tell.
   */
  async authenticateLink(credential: string, source?: string): Promise<Caller> {
    const presented = parseToken('imgsrv_rl_', credential);
    if (presented === undefined) {
      throw new ReadLinkUnusableError();
    }
    const attempt = { credential, source, tokenId: presented.publicId };
    try {
      return await this.limits.guard(attempt, () => this.identifyLink(presented));
    } catch (error) {
      throw error instanceof UnauthenticatedError ? new ReadLinkUnusableError(error) : error;
    }
  }

  /** Resolves when the last uses of tokens are written, for an orderly end. */
  async settled(): Promise<void> {
    await this.uses.settled();
  }

  private async identifyLink(presented: TokenFingerprint): Promise<Caller> {
    const stored = await new ReadLinkRepository(this.database).findStored(presented.publicId);
    const matches = timingSafeEqual(presented.secretSha256, stored?.secretSha256 ?? NO_SECRET);
    if (stored?.isUsable !== true || !matches) {
      throw new UnauthenticatedError('unknown');
    }
    return {
      principalId: stored.principalId,
      principalKind: stored.principalKind,
      displayName: stored.displayName,
      ...permissionsOf(stored),
      actions: new Set(),
      within: stored.within,
      credential: { kind: 'read-link', id: stored.linkId, expiresAt: stored.expiresAt },
    };
  }

  private async identify(presented: TokenFingerprint): Promise<Caller> {
    const stored = await this.credentials.get(presented.publicId);
    const matches = timingSafeEqual(presented.secretSha256, stored?.secretSha256 ?? NO_SECRET);
    if (stored === undefined || !matches) {
      throw new UnauthenticatedError('unknown');
    }
    const refusal = refusalOf(stored);
    if (refusal !== undefined) {
      throw new UnauthenticatedError(refusal, {
        principalId: stored.principalId,
        credentialId: stored.tokenId,
      });
    }
    if (stored.isUseStale) {
      this.uses.record(stored.tokenId);
    }
    return toCaller(stored);
  }
}

function refusalOf(stored: StoredCredential): UnauthenticatedReason | undefined {
  if (stored.isRevoked) {
    return 'revoked';
  }
  if (stored.isExpired) {
    return 'expired';
  }
  return stored.isPrincipalDisabled ? 'principal-disabled' : undefined;
}

function toCaller(stored: StoredCredential): Caller {
  return {
    principalId: stored.principalId,
    principalKind: stored.principalKind,
    displayName: stored.displayName,
    ...permissionsOf(stored),
    credential: { kind: 'api-token', id: stored.tokenId, expiresAt: stored.expiresAt },
  };
}
