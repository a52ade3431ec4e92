import { Database } from '@imgsrv/platform';
import { pino } from 'pino';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createEmptyDatabase, type TestDatabase } from '../support/postgres.js';
import { waitFor } from '../support/wait-for.js';

const STATEMENT_TIMEOUT_MS = 200;

/** Takes longer than any other statement may. */
class RewriteTable1763850009999 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE rewritten ()');
    await runner.query(`SELECT pg_sleep(${(STATEMENT_TIMEOUT_MS * 4) / 1000})`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('forward only'));
  }
}

describe('a migration', () => {
  let server: TestDatabase;

  beforeEach(async () => {
    server = await createEmptyDatabase();
  });
  afterEach(() => server.drop());

  function open(): Database {
    return new Database({
      url: server.url,
      applicationName: 'imgsrv-test',
      entities: [],
      migrations: [RewriteTable1763850009999],
      logger: pino({ level: 'silent' }),
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    });
  }

  it('may take longer than a statement, also while another process waits for it', async () => {
    const databases = [open(), open()];
    await Promise.all(databases.map((database) => database.start()));
    for (const database of databases) {
      expect(await database.rows('SELECT FROM rewritten')).toEqual([]);
      expect(await database.rows('SELECT FROM schema_migrations')).toHaveLength(1);
      await expect(database.rows('SELECT pg_sleep(5)')).rejects.toMatchObject({
        code: 'dependency-unavailable',
        cause: { message: expect.stringContaining('statement timeout') as string },
      });
      await database.close();
    }
  });

  it('leaves no connection of its own behind', async () => {
    const database = open();
    await database.start();
    await waitFor(
      async () => {
        const rows = await database.rows(
          `SELECT FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'imgsrv-test'`,
        );
        return rows.length === 1;
      },
      { what: 'one connection to be left' },
    );
    await database.close();
  });
});
