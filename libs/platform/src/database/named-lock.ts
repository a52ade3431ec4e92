import type { Transaction } from './transaction.js';

/** Each space of names has a number of its own, unlike any other in the database. */
const SPACES = { 'open-uploads': 7_165_003, drafts: 7_165_004, channels: 7_165_005 } as const;

/**
 * Waits until no other transaction holds the lock of this name; held until this one ends (PgBouncer-safe). Names may share
 * a lock by chance, which costs time and nothing else.
 */
export async function lockName(tx: Transaction, space: keyof typeof SPACES, name: string): Promise<void> {
  await tx.rows('SELECT pg_advisory_xact_lock($1, hashtext($2))', [SPACES[space], name]);
}
