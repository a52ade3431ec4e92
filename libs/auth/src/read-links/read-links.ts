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
import { PrincipalNotFoundError, ReadLinkNotFoundError } from '../auth.errors.js';
import { toStored } from '../grants/image-patterns.js';
import type { PrincipalId } from '../principals/principal.js';
import { PrincipalRepository } from '../principals/principal.repository.js';
import { requireAllowedExpiry } from '../tokens/require-allowed-expiry.js';
import { generateToken } from '../tokens/token.codec.js';
import type { IssuedReadLink, NewReadLink, ReadLink, ReadLinkId } from './read-link.js';
import { ReadLinkRepository } from './read-link.repository.js';

/** The read links of principals. */
export class ReadLinks {
  constructor(
    private readonly database: Database,
    private readonly changes: ChangeRecorder,
    private readonly maxLifetimeMs: number,
  ) {}

  /**
   * Makes a link. Its secret is in the answer and nowhere else; repeating the call makes another one. Throws
   * PrincipalNotFoundError, TokenExpiryNotInFutureError or TokenLifetimeTooLongError by the database's clock.
   */
  async issue(owner: PrincipalId, link: NewReadLink): Promise<IssuedReadLink> {
    const { plaintext, ...fingerprint } = generateToken('imgsrv_rl_');
    return this.database.transaction(async (tx) => {
      if (!(await new PrincipalRepository(tx).lock(owner))) {
        throw new PrincipalNotFoundError();
      }
      await requireAllowedExpiry(tx, link.expiresAt, this.maxLifetimeMs);
      const issued = await new ReadLinkRepository(tx).insert(owner, link, fingerprint);
      await this.changes.record(tx, {
        action: 'read_link.issue',
        resource: resourceOf(issued.id),
        after: {
          principal_id: owner,
          name: issued.name,
          image_patterns: toStored(issued.imageScope),
          expires_at: issued.expiresAt.toISOString(),
        },
      });
      return { link: issued, plaintext };
    });
  }

  /** Oldest first, expired and revoked ones included. Throws PrincipalNotFoundError. */
  async list(owner: PrincipalId, page: PageRequest): Promise<Page<ReadLink>> {
    if ((await new PrincipalRepository(this.database).find(owner)) === undefined) {
      throw new PrincipalNotFoundError();
    }
    const [after] = decodeCursor(page.cursor, [UUID_PATTERN]);
    return toPage(
      await new ReadLinkRepository(this.database).list(owner, page.limit + 1, after),
      page.limit,
      (item) => item,
      ({ id }) => encodeCursor([id]),
    );
  }

  /** Ends a link at once on every replica. Safe to repeat. Throws ReadLinkNotFoundError. */
  async revoke(id: ReadLinkId): Promise<void> {
    await this.database.transaction(async (tx) => {
      const owner = await new ReadLinkRepository(tx).revoke(id);
      if (owner === undefined) {
        throw new ReadLinkNotFoundError();
      }
      await this.changes.record(tx, {
        action: 'read_link.revoke',
        resource: resourceOf(id),
        after: { principal_id: owner, revoked: true },
      });
    });
  }
}

function resourceOf(id: ReadLinkId): string {
  return `auth/read-links/${id}`;
}
