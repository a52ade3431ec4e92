import type { Connection, Transaction } from '@imgsrv/platform';
import { type ImageScope, storedScope, toStored } from '../grants/image-patterns.js';
import { grantColumns, type Grants, type GrantsRow, toGrants } from '../grants/stored-grants.js';
import { type PrincipalId, type PrincipalKind, principalId } from '../principals/principal.js';
import type { TokenFingerprint } from '../tokens/token.codec.js';
import { type NewReadLink, type ReadLink, type ReadLinkId, readLinkId } from './read-link.js';

/** A link together with all that decides what it shows, read at one instant. */
export interface StoredReadLink extends Grants {
  readonly linkId: ReadLinkId;
  readonly secretSha256: Buffer;
  readonly expiresAt: Date;
  /** False when it has expired or was revoked, and while its principal is disabled or deleted. */
  readonly isUsable: boolean;
  readonly principalId: PrincipalId;
  readonly principalKind: PrincipalKind;
  readonly displayName: string;
  readonly within: ImageScope;
}

/** The table `read_links`. What writes needs a `Transaction`. */
export class ReadLinkRepository<Source extends Connection = Connection> {
  constructor(private readonly connection: Source) {}

  /** One statement, by an index: this is in the way of every request by a link. */
  async findStored(publicId: string): Promise<StoredReadLink | undefined> {
    const [row] = await this.connection.rows<StoredRow>(
      `SELECT l.id, l.secret_sha256, l.expires_at, l.image_patterns AS within,
         l.expires_at > now() AND l.revoked_at IS NULL AND NOT p.disabled AND p.deleted_at IS NULL AS is_usable,
         p.id AS principal_id, p.kind, p.display_name, ${grantColumns('p')}
       FROM read_links l JOIN principals p ON p.id = l.principal_id
       WHERE l.public_id = $1`,
      [publicId],
    );
    return row && toStoredLink(row);
  }

  async insert(
    this: ReadLinkRepository<Transaction>,
    owner: PrincipalId,
    { name, imageScope, expiresAt }: NewReadLink,
    fingerprint: TokenFingerprint,
  ): Promise<ReadLink> {
    const [row] = await this.connection.rows<LinkRow>(
      `INSERT INTO read_links (public_id, secret_sha256, principal_id, name, image_patterns, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6) RETURNING ${COLUMNS}`,
      [fingerprint.publicId, fingerprint.secretSha256, owner, name, toStored(imageScope), expiresAt],
    );
    if (row === undefined) {
      throw new Error('INSERT INTO read_links returned no row');
    }
    return toLink(row);
  }

  /** Oldest first; at most `limit` after the link `after`. Expired and revoked ones are among them. */
  async list(owner: PrincipalId, limit: number, after?: string): Promise<ReadLink[]> {
    const rows = await this.connection.rows<LinkRow>(
      `SELECT ${COLUMNS} FROM read_links
       WHERE principal_id = $1
         AND ($2::uuid IS NULL
           OR (created_at, id) > (SELECT a.created_at, a.id FROM read_links a WHERE a.id = $2::uuid))
       ORDER BY created_at, id LIMIT $3`,
      [owner, after ?? null, limit],
    );
    return rows.map(toLink);
  }

  /** Keeps the time of the first revocation. Answers whose link it is, or undefined when there is none. */
  async revoke(this: ReadLinkRepository<Transaction>, id: ReadLinkId): Promise<PrincipalId | undefined> {
    const [row] = await this.connection.rows<{ principal_id: string }>(
      `UPDATE read_links SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1 RETURNING principal_id`,
      [id],
    );
    return row && principalId(row.principal_id);
  }
}

interface StoredRow extends GrantsRow {
  readonly id: string;
  readonly secret_sha256: Buffer;
  readonly expires_at: Date;
  readonly within: readonly string[] | null;
  readonly is_usable: boolean;
  readonly principal_id: string;
  readonly kind: PrincipalKind;
  readonly display_name: string;
}

function toStoredLink(row: StoredRow): StoredReadLink {
  return {
    linkId: readLinkId(row.id),
    secretSha256: row.secret_sha256,
    expiresAt: row.expires_at,
    isUsable: row.is_usable,
    principalId: principalId(row.principal_id),
    principalKind: row.kind,
    displayName: row.display_name,
    within: storedScope(row.within),
    ...toGrants(row),
  };
}

interface LinkRow {
  readonly id: string;
  readonly principal_id: string;
  readonly name: string;
  readonly image_patterns: readonly string[] | null;
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly revoked_at: Date | null;
}

const COLUMNS = 'id, principal_id, name, image_patterns, created_at, expires_at, revoked_at';

function toLink(row: LinkRow): ReadLink {
  return {
    id: readLinkId(row.id),
    principalId: principalId(row.principal_id),
    name: row.name,
    imageScope: storedScope(row.image_patterns),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at }),
  };
}
