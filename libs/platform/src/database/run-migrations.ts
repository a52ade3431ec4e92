import type { DataSource, MigrationInterface } from 'typeorm';
import type { Logger } from '../logging/logger.js';

/** A forward-only change of the schema. The class name ends in its timestamp, which orders it. */
export type MigrationClass = new () => MigrationInterface;

/** The advisory lock under which one process at a time migrates. */
const MIGRATION_LOCK = 7_165_001;

/**
 * Applies the migrations that the database has not seen, under an advisory lock, so that any number of processes
 * may start at once. Repeating it is safe. The lock is a transaction-level one, held on a connection of its own,
 * because session locks do not survive PgBouncer. `grants` is SQL that is run afterwards, before the lock is given back:
 * all of it is kept, or nothing.
 */
export async function runMigrations(dataSource: DataSource, logger: Logger, grants?: string): Promise<void> {
  const lock = dataSource.createQueryRunner();
  try {
    await lock.startTransaction();
    await lock.query('SET LOCAL statement_timeout = 0');
    await lock.query('SET LOCAL idle_in_transaction_session_timeout = 0');
    await lock.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    for (const migration of await dataSource.runMigrations({ transaction: 'each' })) {
      logger.info({ migration: migration.name }, 'applied a database migration');
    }
    if (grants !== undefined) {
      await lock.query(grants);
    }
    await lock.commitTransaction();
  } catch (error) {
    if (lock.isTransactionActive) {
      await lock.rollbackTransaction().catch(() => undefined);
    }
    throw error;
  } finally {
    await lock.release();
  }
}
