import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { Database } from '../../libs/platform/src/database/database.js';
import { MIGRATIONS } from '../../migrations/index.js';
import { executeSql } from './execute-sql.js';

/** A migrated database that nobody can connect to: copying it takes a tenth of the time of migrating another one. */
export class DatabaseTemplate {
  private constructor(
    readonly name: string,
    private readonly serverUrl: string,
  ) {}

  static async create(serverUrl: string): Promise<DatabaseTemplate> {
    const name = `imgsrv_test_template_${randomUUID().replaceAll('-', '')}`;
    await executeSql(serverUrl, `create database ${name}`);
    const url = new URL(serverUrl);
    url.pathname = `/${name}`;
    const logger = pino({ level: 'error' });
    const database = new Database({
      url: url.href,
      applicationName: 'imgsrv-test',
      entities: [],
      migrations: MIGRATIONS,
      logger,
    });
    await database.start();
    await database.close();
    await executeSql(serverUrl, `alter database ${name} with allow_connections false is_template true`);
    return new DatabaseTemplate(name, serverUrl);
  }

  async drop(): Promise<void> {
    await executeSql(this.serverUrl, `alter database ${this.name} with is_template false`);
    await executeSql(this.serverUrl, `drop database ${this.name}`);
  }
}
