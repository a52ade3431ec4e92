import { Client } from 'pg';

/** The test's own connection to the database of a service. */
export class TestConnection {
  private constructor(private readonly client: Client) {}

  static async open(databaseUrl: string): Promise<TestConnection> {
    const client = new Client({ connectionString: databaseUrl, application_name: 'imgsrv-test' });
    await client.connect();
    return new TestConnection(client);
  }

  async rows<Row extends object>(sql: string, parameters: readonly unknown[] = []): Promise<readonly Row[]> {
    return (await this.client.query<Row>(sql, [...parameters])).rows;
  }

  async count(sql: string, parameters: readonly unknown[] = []): Promise<number> {
    return (await this.rows(sql, parameters)).length;
  }

  /** Takes a lock with `statement` and holds it while `work` runs. */
  async holding(statement: string, parameters: readonly unknown[], work: () => Promise<void>): Promise<void> {
    await this.client.query('BEGIN');
    try {
      await this.client.query(statement, [...parameters]);
      await work();
    } finally {
      await this.client.query('ROLLBACK');
    }
  }

  /** True while a statement of another connection waits for a lock that this one holds. */
  async blocksSomebody(): Promise<boolean> {
    return (
      (await this.count(
        `SELECT pid FROM pg_stat_activity
          WHERE datname = current_database() AND pg_backend_pid() = ANY (pg_blocking_pids(pid))`,
      )) > 0
    );
  }

  /** Cuts every connection of the service. Returns how many there were. */
  async cutAll(): Promise<number> {
    return this.count(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}
