import {
  ApiTokens,
  AuditTrail,
  type IssuedApiToken,
  type Principal,
  Principals,
  type RoleId,
} from '@imgsrv/auth';
import { createLogger, Database } from '@imgsrv/platform';
import { MIGRATIONS } from '../../migrations/index.js';
import { createTestDatabase } from '../support/postgres.js';

export const SILENT = createLogger({
  logFormat: 'json',
  verbosity: 'error',
  nodeName: 'test',
  processName: 'api',
});

/** Records changes as those of the service itself. */
export const TRAIL = new AuditTrail(() => ({}));

export const HOUR_MS = 60 * 60 * 1000;

/** An empty, migrated database with as many connection pools as there would be replicas. */
export async function startAuthDatabase(): Promise<AuthDatabase> {
  const created = await createTestDatabase();
  const database = connect(created.url);
  await database.start();
  return new AuthDatabase(created.url, database, () => created.drop());
}

function connect(url: string): Database {
  return new Database({
    url,
    applicationName: 'test',
    entities: [],
    migrations: MIGRATIONS,
    logger: SILENT,
  });
}

export class AuthDatabase {
  readonly principals: Principals;
  readonly tokens: ApiTokens;
  private readonly replicas: Database[] = [];

  constructor(
    readonly url: string,
    readonly database: Database,
    private readonly drop: () => Promise<void>,
  ) {
    this.principals = new Principals(database, TRAIL);
    this.tokens = new ApiTokens(database, TRAIL, 8760 * HOUR_MS);
  }

  /** Another pool on the same database, as another process would have it. */
  async replica(): Promise<Database> {
    const replica = connect(this.url);
    this.replicas.push(replica);
    await replica.start();
    return replica;
  }

  /** A principal with these roles and, unless `tokens` is 0, a token of one hour. */
  async holder(
    roleIds: readonly RoleId[],
    lifetimeMs = HOUR_MS,
  ): Promise<{ principal: Principal; issued: IssuedApiToken }> {
    const principal = await this.principal(roleIds);
    return { principal, issued: await this.token(principal, lifetimeMs) };
  }

  async principal(roleIds: readonly RoleId[]): Promise<Principal> {
    const principal = await this.principals.create({ kind: 'service', displayName: 'somebody' });
    for (const roleId of roleIds) {
      await this.principals.assignRole(principal.id, roleId);
    }
    return this.principals.get(principal.id);
  }

  /** A token that has already expired when `lifetimeMs` is negative. */
  async token(principal: Principal, lifetimeMs = HOUR_MS): Promise<IssuedApiToken> {
    const issued = await this.tokens.issue(principal.id, {
      name: 'test',
      expiresAt: new Date(Date.now() + HOUR_MS),
    });
    await this.database.rows('UPDATE api_tokens SET expires_at = $2 WHERE id = $1', [
      issued.token.id,
      new Date(Date.now() + lifetimeMs),
    ]);
    return issued;
  }

  /** Takes all that tests made away. */
  async clear(): Promise<void> {
    await this.database.rows('TRUNCATE principals CASCADE');
  }

  async close(): Promise<void> {
    await Promise.all([this.database, ...this.replicas].map((database) => database.close()));
    await this.drop();
  }
}
