import { createHash } from 'node:crypto';
import { DependencyUnavailableError, isReadableText } from '@imgsrv/platform';
import { type CryptoKey, errors, jwtVerify, type JWTHeaderParameters } from 'jose';
import { issuerUrl, type IssuerUrl } from '../issuer/issuer-url.js';
import { TokenRefusedError } from './token-refused.error.js';
import { ALGORITHMS, type UnverifiedToken } from './unverified-token.js';

/** What an issuer vouches for: the token is its own, unaltered and of now. */
export interface VerifiedToken {
  readonly issuer: IssuerUrl;
  readonly subject: string;
  readonly audiences: readonly string[];
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  /** The `jti`, or a fingerprint of the token when it has none; no secret. */
  readonly credentialId: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

export type FindKey = (issuer: IssuerUrl, header: JWTHeaderParameters) => Promise<CryptoKey>;

/** How far clocks may be apart. */
const SKEW_S = 60;
/** Longer than any job of a CI system; a token that lives longer is a stored secret. */
const LONGEST_LIFETIME_S = 24 * 60 * 60;
const LONGEST_SUBJECT_BYTES = 1024;

/**
 * Verifies signature, issuer and times of a token. The caller has decided already that the issuer it claims may be
 * asked for keys. Throws TokenRefusedError, or DependencyUnavailableError when the issuer's keys cannot be had.
 */
export async function verifyToken(
  token: UnverifiedToken,
  findKey: FindKey,
  now = new Date(),
): Promise<VerifiedToken> {
  const issuer = issuerUrl(token.claimedIssuer);
  try {
    await jwtVerify(token.text, (header) => findKey(issuer, header), {
      algorithms: [...ALGORITHMS],
      issuer,
      clockTolerance: SKEW_S,
      maxTokenAge: LONGEST_LIFETIME_S,
      requiredClaims: ['exp', 'iat', 'sub', 'aud'],
      currentDate: now,
    });
  } catch (error) {
    throw error instanceof DependencyUnavailableError ? error : toRefusal(error);
  }
  return toVerified(token, issuer);
}

function toRefusal(error: unknown): TokenRefusedError {
  const message = error instanceof Error ? error.message : 'it could not be verified';
  if (error instanceof errors.JWTExpired) {
    return new TokenRefusedError('jwt-expired', 'it has expired', { cause: error });
  }
  return error instanceof errors.JWTClaimValidationFailed
    ? new TokenRefusedError('jwt-claims', message, { cause: error })
    : new TokenRefusedError('jwt-refused', message, { cause: error });
}

function toVerified({ text, payload }: UnverifiedToken, issuer: IssuerUrl): VerifiedToken {
  const { exp, iat, sub, jti } = payload;
  if (typeof exp !== 'number' || typeof iat !== 'number' || exp - iat > LONGEST_LIFETIME_S) {
    throw new TokenRefusedError('jwt-claims', `it is valid for more than ${LONGEST_LIFETIME_S} seconds`);
  }
  if (typeof sub !== 'string' || !isPrintable(sub) || Buffer.byteLength(sub) > LONGEST_SUBJECT_BYTES) {
    throw new TokenRefusedError(
      'jwt-claims',
      `its sub is no printable text of 1 to ${LONGEST_SUBJECT_BYTES} bytes`,
    );
  }
  const hasId = typeof jti === 'string' && jti.length <= 255 && isPrintable(jti);
  return {
    issuer,
    subject: sub,
    audiences: audiencesOf(payload.aud),
    issuedAt: new Date(iat * 1000),
    expiresAt: new Date(exp * 1000),
    credentialId: hasId ? jti : createHash('sha256').update(text).digest('hex').slice(0, 32),
    claims: payload,
  };
}

/** Names principals and stands in the audit log, so people have to see it as it is. */
function isPrintable(text: string): boolean {
  return text !== '' && isReadableText(text);
}

/** One text or a list of texts (RFC 7519, 4.1.3). */
export function audiencesOf(aud: unknown): readonly string[] {
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (!audiences.every((audience) => typeof audience === 'string')) {
    throw new TokenRefusedError('jwt-claims', 'its aud is neither a text nor a list of texts');
  }
  return audiences;
}
