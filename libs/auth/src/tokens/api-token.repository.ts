import type { Connection, Transaction } from '@imgsrv/platform';
import { type PrincipalId, type PrincipalKind, principalId } from '../principals/principal.js';
import { grantColumns, type Grants, type GrantsRow, toGrants } from '../grants/stored-grants.js';
import { type ApiToken, type ApiTokenId, type NewApiToken, apiTokenId } from './api-token.js';
import type { TokenFingerprint } from './token.codec.js';

/** How long a recorded use stays good enough; the same for every replica, on the database's clock. */
const USE_PRECISION = `interval '1 minute'`;

/** A token together with all that decides what its bearer may do, read at one instant. */
export interface StoredCredential extends Grants {
  readonly tokenId: ApiTokenId;
  readonly secretSha256: Buffer;
  readonly expiresAt: Date;
  readonly isExpired: boolean;
  readonly isRevoked: boolean;
  /** True when the recorded last use is missing or older than a minute. */
  readonly isUseStale: boolean;
  readonly principalId: PrincipalId;
  readonly principalKind: PrincipalKind;
  readonly displayName: string;
  /** True when the principal is disabled or deleted. */
  readonly isPrincipalDisabled: boolean;
}

/** The table `api_tokens`. What writes needs a `Transaction`. */
export class ApiTokenRepository<Source extends Connection = Connection> {
  constructor(private readonly connection: Source) {}

  /** By public id. One statement, by an index: this is in the way of every authenticated request. */
  async findCredentials(publicIds: readonly string[]): Promise<Map<string, StoredCredential>> {
    const rows = await this.connection.rows<CredentialRow>(
      `SELECT t.public_id, t.id, t.secret_sha256, t.expires_at,
         t.expires_at <= now() AS is_expired,
         t.revoked_at IS NOT NULL AS is_revoked,
         t.last_used_at IS NULL OR t.last_used_at < now() - ${USE_PRECISION} AS is_use_stale,
         p.id AS principal_id, p.kind AS principal_kind, p.display_name,
         p.disabled OR p.deleted_at IS NOT NULL AS is_principal_disabled, ${grantColumns('p')}
       FROM api_tokens t JOIN principals p ON p.id = t.principal_id
       WHERE t.public_id = ANY ($1::text[])`,
      [publicIds],
    );
    return new Map(rows.map((row) => [row.public_id, toCredential(row)]));
  }

  async insert(
    this: ApiTokenRepository<Transaction>,
    owner: PrincipalId,
    token: NewApiToken,
    fingerprint: TokenFingerprint,
  ): Promise<ApiToken> {
    const [row] = await this.connection.rows<ApiTokenRow>(
      `INSERT INTO api_tokens (public_id, secret_sha256, principal_id, name, expires_at)
       VALUES ($1, $2, $3, $4, $5) RETURNING ${COLUMNS}`,
      [fingerprint.publicId, fingerprint.secretSha256, owner, token.name, token.expiresAt],
    );
    if (row === undefined) {
      throw new Error('INSERT INTO api_tokens returned no row');
    }
    return toApiToken(row);
  }

  /** Oldest first; at most `limit` after the token `after`. Expired and revoked tokens are among them. */
  async list(owner: PrincipalId, limit: number, after?: string): Promise<ApiToken[]> {
    const rows = await this.connection.rows<ApiTokenRow>(
      `SELECT ${COLUMNS} FROM api_tokens
       WHERE principal_id = $1
         AND ($2::uuid IS NULL
           OR (created_at, id) > (SELECT a.created_at, a.id FROM api_tokens a WHERE a.id = $2::uuid))
       ORDER BY created_at, id LIMIT $3`,
      [owner, after ?? null, limit],
    );
    return rows.map(toApiToken);
  }

  /** Keeps the time of the first revocation. Answers whose token it is, or undefined when there is no such token. */
  async revoke(this: ApiTokenRepository<Transaction>, id: ApiTokenId): Promise<PrincipalId | undefined> {
    const [row] = await this.connection.rows<{ principal_id: string }>(
      `UPDATE api_tokens SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1 RETURNING principal_id`,
      [id],
    );
    return row === undefined ? undefined : principalId(row.principal_id);
  }

  async revokeAll(this: ApiTokenRepository<Transaction>, owner: PrincipalId): Promise<void> {
    await this.connection.rows(
      `UPDATE api_tokens SET revoked_at = now() WHERE principal_id = $1 AND revoked_at IS NULL`,
      [owner],
    );
  }

  /**
   * Writes the use of these tokens, at most once a minute each however many replicas ask. A token that another
   * statement is changing is skipped: its use will be seen again.
   */
  async recordUse(this: ApiTokenRepository<Transaction>, ids: readonly ApiTokenId[]): Promise<void> {
    await this.connection.rows(
      `UPDATE api_tokens SET last_used_at = now() WHERE id IN (
         SELECT id FROM api_tokens
         WHERE id = ANY($1::uuid[]) AND (last_used_at IS NULL OR last_used_at < now() - ${USE_PRECISION})
         FOR NO KEY UPDATE SKIP LOCKED) RETURNING id`,
      [ids],
    );
  }
}

interface CredentialRow extends GrantsRow {
  readonly public_id: string;
  readonly id: string;
  readonly secret_sha256: Buffer;
  readonly expires_at: Date;
  readonly is_expired: boolean;
  readonly is_revoked: boolean;
  readonly is_use_stale: boolean;
  readonly principal_id: string;
  readonly principal_kind: PrincipalKind;
  readonly display_name: string;
  readonly is_principal_disabled: boolean;
}

function toCredential(row: CredentialRow): StoredCredential {
  return {
    tokenId: apiTokenId(row.id),
    secretSha256: row.secret_sha256,
    expiresAt: row.expires_at,
    isExpired: row.is_expired,
    isRevoked: row.is_revoked,
    isUseStale: row.is_use_stale,
    principalId: principalId(row.principal_id),
    principalKind: row.principal_kind,
    displayName: row.display_name,
    isPrincipalDisabled: row.is_principal_disabled,
    ...toGrants(row),
  };
}

interface ApiTokenRow {
  readonly id: string;
  readonly principal_id: string;
  readonly name: string;
  readonly expires_at: Date;
  readonly last_used_at: Date | null;
  readonly revoked_at: Date | null;
}

const COLUMNS = 'id, principal_id, name, expires_at, last_used_at, revoked_at';

function toApiToken(row: ApiTokenRow): ApiToken {
  return {
    id: apiTokenId(row.id),
    principalId: principalId(row.principal_id),
    name: row.name,
    expiresAt: row.expires_at,
    ...(row.last_used_at === null ? {} : { lastUsedAt: row.last_used_at }),
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at }),
  };
}
