import { Database } from '@imgsrv/platform';
import { pino } from 'pino';
import { MIGRATIONS } from '../../migrations/index.js';
import { createTestDatabase, type TestDatabase } from './postgres.js';
import { waitFor } from './wait-for.js';

/** A pool as the service opens one; connects when it is started. Logs nothing: what is wrong is asserted. */
export function openDatabase(url: string): Database {
  return new Database({
    url,
    applicationName: 'imgsrv-test',
    entities: [],
    migrations: MIGRATIONS,
    logger: pino({ level: 'silent' }),
    poolSize: 20,
  });
}

/** A migrated database of a test's own without any process, and pools on it as the processes would have them. */
export class OpenedDatabase {
  private readonly pools: Database[] = [];

  private constructor(
    private readonly created: TestDatabase,
    readonly database: Database,
  ) {}

  static async open(): Promise<OpenedDatabase> {
    const created = await createTestDatabase();
    const database = openDatabase(created.url);
    await database.start();
    return new OpenedDatabase(created, database);
  }

  get url(): string {
    return this.created.url;
  }

  /** Another pool, over `url` when given; not started. */
  connect(url: string = this.url): Database {
    const pool = openDatabase(url);
    this.pools.push(pool);
    return pool;
  }

  /** Closes every pool and drops the database. */
  async close(): Promise<void> {
    await Promise.all([...this.pools, this.database].map((pool) => pool.close()));
    await this.created.drop();
  }
}

/** Resolves when some session of this database waits for a lock: whoever should wait does. */
export async function someoneWaits(database: Database): Promise<void> {
  await waitFor(
    async () =>
      (
        await database.rows(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        )
      ).length > 0,
    { what: 'a session that waits for a lock' },
  );
}
