import type { Connection, Transaction } from '@imgsrv/platform';
import type { Digest } from '../digest.js';
import type { EffectiveQuota, LedgerDifference, Quota } from './quota.js';

/** What goes for a principal, by the default where it has nothing of its own, and what it holds. */
export async function readQuota(
  connection: Connection,
  principalId: string,
  fallback: Quota,
): Promise<EffectiveQuota> {
  const [row] = await connection.rows<QuotaRow>(
    `SELECT q.principal_id IS NOT NULL AS is_own, q.stored_bytes, q.open_uploads,
       COALESCE(l.stored_bytes, 0) AS used_bytes,
       (SELECT count(*) FROM upload_sessions
         WHERE created_by = p.id AND state IN ('created', 'uploading') AND expires_at > now()) AS used_uploads
     FROM (SELECT $1::uuid AS id) p
     LEFT JOIN quotas q ON q.principal_id = p.id LEFT JOIN quota_ledger l ON l.principal_id = p.id`,
    [principalId],
  );
  if (row === undefined) {
    throw new Error('a quota could not be read');
  }
  return {
    quota: { ...fallback, ...toQuota(row) },
    source: row.is_own ? 'principal' : 'default',
    used: { storedBytes: Number(row.used_bytes), openUploads: Number(row.used_uploads) },
  };
}

/** What the principal has of its own, or undefined. */
export async function findQuota(connection: Connection, principalId: string): Promise<Quota | undefined> {
  const [row] = await connection.rows<StoredQuota>(
    'SELECT stored_bytes, open_uploads FROM quotas WHERE principal_id = $1',
    [principalId],
  );
  return row === undefined ? undefined : toQuota(row);
}

export async function putQuota(tx: Transaction, principalId: string, quota: Quota): Promise<void> {
  await tx.rows(
    `INSERT INTO quotas (principal_id, stored_bytes, open_uploads) VALUES ($1, $2, $3)
     ON CONFLICT (principal_id) DO UPDATE SET stored_bytes = $2, open_uploads = $3`,
    [principalId, quota.storedBytes ?? null, quota.openUploads ?? null],
  );
}

export async function deleteQuota(tx: Transaction, principalId: string): Promise<void> {
  await tx.rows('DELETE FROM quotas WHERE principal_id = $1', [principalId]);
}

/**
 * Locks the ledgers of all who have brought one of these blobs, before these are removed. Whoever locks more than one ledger
 * does so in the order of principals, and takes no other locks afterwards.
 */
export async function lockLedgersOf(tx: Transaction, digests: readonly Digest[]): Promise<void> {
  await tx.rows(
    `SELECT FROM quota_ledger WHERE principal_id IN (SELECT principal_id FROM blob_possessions WHERE digest = ANY ($1))
      ORDER BY principal_id FOR UPDATE`,
    [digests],
  );
}

/** Counts everything, in one state of the database. */
export async function compareLedger(connection: Connection): Promise<LedgerDifference[]> {
  const rows = await connection.rows<DifferenceRow>(
    `SELECT principal_id, COALESCE(l.stored_bytes, 0) AS ledger_bytes, COALESCE(c.stored_bytes, 0) AS counted_bytes
       FROM quota_ledger l FULL JOIN counted_quota_ledger c USING (principal_id)
      WHERE COALESCE(l.stored_bytes, 0) <> COALESCE(c.stored_bytes, 0) ORDER BY principal_id`,
  );
  return rows.map((row) => ({
    principalId: row.principal_id,
    ledgerBytes: Number(row.ledger_bytes),
    countedBytes: Number(row.counted_bytes),
  }));
}

interface StoredQuota {
  readonly stored_bytes: string | null;
  readonly open_uploads: number | null;
}

interface QuotaRow extends StoredQuota {
  readonly is_own: boolean;
  readonly used_bytes: string;
  readonly used_uploads: string;
}

interface DifferenceRow {
  readonly principal_id: string;
  readonly ledger_bytes: string;
  readonly counted_bytes: string;
}

function toQuota(row: StoredQuota): Quota {
  return {
    ...(row.stored_bytes === null ? {} : { storedBytes: Number(row.stored_bytes) }),
    ...(row.open_uploads === null ? {} : { openUploads: row.open_uploads }),
  };
}
