import { AuditTrail } from '@imgsrv/audit';
import { ApiTokens, type IssuedApiToken, type Principal, Principals, type RoleId } from '@imgsrv/auth';
import { createLogger, type Database } from '@imgsrv/platform';
import { OpenedDatabase } from '../support/database.js';

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
  return new AuthDatabase(await OpenedDatabase.open());
}

export class AuthDatabase {
  readonly principals: Principals;
  readonly tokens: ApiTokens;
  readonly database: Database;
  readonly url: string;

  constructor(private readonly opened: OpenedDatabase) {
    this.database = opened.database;
    this.url = opened.url;
    this.principals = new Principals(this.database, TRAIL);
    this.tokens = new ApiTokens(this.database, TRAIL, 8760 * HOUR_MS);
  }

  /** Another pool on the same database, as another process would have it. */
  async replica(): Promise<Database> {
    const replica = this.opened.connect();
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

  close(): Promise<void> {
    return this.opened.close();
  }
}
