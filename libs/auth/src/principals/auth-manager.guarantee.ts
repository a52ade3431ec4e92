import type { Connection, Database, Transaction } from '@imgsrv/platform';
import { LastAuthManagerError } from '../auth.errors.js';
import { AUTH_MANAGER } from '../roles.js';

/** The advisory lock under which everything happens that may end or begin the existence of a usable auth-manager. */
const AUTH_MANAGER_LOCK = 7_165_002;

/**
 * Runs a change that may take an auth-manager away, one at a time in the whole deployment, and keeps it unless it
 * took the last usable one: then all of it is undone and LastAuthManagerError thrown. Usable is an enabled principal
 * with the role and a token that is neither expired nor revoked.
 */
export async function keepingAnAuthManager<T>(
  database: Database,
  change: (tx: Transaction) => Promise<T>,
): Promise<T> {
  return database.transaction(async (tx) => {
    await lockAuthManagers(tx);
    const hadOne = await hasUsableAuthManager(tx);
    const result = await change(tx);
    if (hadOne && !(await hasUsableAuthManager(tx))) {
      throw new LastAuthManagerError();
    }
    return result;
  });
}

/** Waits until no other transaction decides about auth-managers; held until this one ends (PgBouncer-safe). */
export async function lockAuthManagers(tx: Transaction): Promise<void> {
  await tx.rows('SELECT pg_advisory_xact_lock($1)', [AUTH_MANAGER_LOCK]);
}

export async function hasUsableAuthManager(connection: Connection): Promise<boolean> {
  const rows = await connection.rows(
    `SELECT 1 AS found FROM role_assignments r
     JOIN principals p ON p.id = r.principal_id AND NOT p.disabled AND p.deleted_at IS NULL
     JOIN api_tokens t ON t.principal_id = p.id AND t.revoked_at IS NULL AND t.expires_at > now()
     WHERE r.role_id = $1 LIMIT 1`,
    [AUTH_MANAGER],
  );
  return rows.length > 0;
}
