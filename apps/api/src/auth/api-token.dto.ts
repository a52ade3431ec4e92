import type { ApiToken, IssuedApiToken } from '@imgsrv/auth';
import { MayBeAbsent } from '../http/may-be-absent.js';
import { IsLabel, IsTime } from './field-rules.js';

export class IssueApiTokenRequest {
  /**
   * What its holder calls it.
   * @example "release pipeline"
   */
  @MayBeAbsent()
  @IsLabel()
  name?: string;

  /**
   * When it expires: in the future, and no further ahead than `--max-token-lifetime` (a year).
   * @example "2030-01-31T12:00:00Z"
   */
  @IsTime()
  expires_at: Date;
}

export class ApiTokenResponse {
  id: string;
  principal_id: string;
  name: string;
  expires_at: Date;
  /** The last use, exact to about a minute. */
  last_used_at?: Date;
  revoked_at?: Date;
}

export class ApiTokenListResponse {
  api_tokens: ApiTokenResponse[];
}

export class IssuedApiTokenResponse {
  id: string;
  principal_id: string;
  name: string;
  expires_at: Date;
  /** The whole token. It is shown here only and kept nowhere. */
  plaintext: string;
}

export function toApiTokenResponse(token: ApiToken): ApiTokenResponse {
  return {
    id: token.id,
    principal_id: token.principalId,
    name: token.name,
    expires_at: token.expiresAt,
    ...(token.lastUsedAt === undefined ? {} : { last_used_at: token.lastUsedAt }),
    ...(token.revokedAt === undefined ? {} : { revoked_at: token.revokedAt }),
  };
}

export function toIssuedApiTokenResponse({ token, plaintext }: IssuedApiToken): IssuedApiTokenResponse {
  return {
    id: token.id,
    principal_id: token.principalId,
    name: token.name,
    expires_at: token.expiresAt,
    plaintext,
  };
}
