import {
  type ChangeRecorder,
  type Database,
  decodeCursor,
  encodeCursor,
  type Page,
  type PageRequest,
  toPage,
  UUID_PATTERN,
} from '@imgsrv/platform';
import { ApiTokenNotFoundError, PrincipalNotFoundError } from '../auth.errors.js';
import { keepingAnAuthManager } from '../principals/auth-manager.guarantee.js';
import type { PrincipalId } from '../principals/principal.js';
import { PrincipalRepository } from '../principals/principal.repository.js';
import type { ApiToken, ApiTokenId, IssuedApiToken, NewApiToken } from './api-token.js';
import { generateToken } from './token.codec.js';
import { issuedChange } from './issued-change.js';
import { ApiTokenRepository } from './api-token.repository.js';
import { requireAllowedExpiry } from './require-allowed-expiry.js';

/** The API tokens of principals. */
export class ApiTokens {
  constructor(
    private readonly database: Database,
    private readonly changes: ChangeRecorder,
    private readonly maxLifetimeMs: number,
  ) {}

  /**
   * Issues a token. Its plaintext is in the answer and nowhere else; repeating the call issues another one.
   * Throws PrincipalNotFoundError, TokenExpiryNotInFutureError or TokenLifetimeTooLongError by the database's clock.
   */
  async issue(owner: PrincipalId, token: NewApiToken): Promise<IssuedApiToken> {
    const { plaintext, ...fingerprint } = generateToken('imgsrv_at_');
    return this.database.transaction(async (tx) => {
      const tokens = new ApiTokenRepository(tx);
      if (!(await new PrincipalRepository(tx).lock(owner))) {
        throw new PrincipalNotFoundError();
      }
      await requireAllowedExpiry(tx, token.expiresAt, this.maxLifetimeMs);
      const issued = await tokens.insert(owner, token, fingerprint);
      await this.changes.record(tx, issuedChange(issued));
      return { token: issued, plaintext };
    });
  }

  /** Oldest first, expired and revoked ones included. Throws PrincipalNotFoundError. */
  async list(owner: PrincipalId, page: PageRequest): Promise<Page<ApiToken>> {
    if ((await new PrincipalRepository(this.database).find(owner)) === undefined) {
      throw new PrincipalNotFoundError();
    }
    const [after] = decodeCursor(page.cursor, [UUID_PATTERN]);
    return toPage(
      await new ApiTokenRepository(this.database).list(owner, page.limit + 1, after),
      page.limit,
      (item) => item,
      ({ id }) => encodeCursor([id]),
    );
  }

  /**
   * Ends a token at once on every replica. Safe to repeat. Throws ApiTokenNotFoundError, or LastAuthManagerError
   * when it is the last token of the last usable auth-manager.
   */
  async revoke(id: ApiTokenId): Promise<void> {
    await keepingAnAuthManager(this.database, async (tx) => {
      const owner = await new ApiTokenRepository(tx).revoke(id);
      if (owner === undefined) {
        throw new ApiTokenNotFoundError();
      }
      await this.changes.record(tx, {
        action: 'api_token.revoke',
        resource: `auth/api-tokens/${id}`,
        after: { principal_id: owner, revoked: true },
      });
    });
  }
}
