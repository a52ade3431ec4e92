import type { EventEmitter } from 'node:events';
import { DataSource, DefaultNamingStrategy, type EntitySchema, type ObjectLiteral } from 'typeorm';
import { describeCauses } from '../errors/describe-causes.js';
import type { Logger } from '../logging/logger.js';
import type { MigrationClass } from './run-migrations.js';

export interface DataSourceOptions {
  readonly applicationName: string;
  readonly entities: readonly (EntitySchema | (new () => ObjectLiteral))[];
  readonly migrations: readonly MigrationClass[];
  readonly logger: Logger;
}

const CONNECT_TIMEOUT_MS = 5000;
/** One that hangs, as after a network partition, would be handed out until TCP gives it up a quarter of an hour later. */
const LONGEST_CONNECTION_SECONDS = 60;
/** What the server's own time-out has to arrive before the client gives up. */
const QUERY_GRACE_MS = 1000;
/** Whoever needs the same row or name waits this long at most. */
const LOCK_TIMEOUT_MS = 3000;

/** How the connections of a pool differ. */
export interface PoolOptions {
  readonly poolSize: number;
  readonly extra: object;
}

/** For how long a statement may run, wait for a lock, and go unanswered. */
export function timeLimits(statementMs: number): object {
  return {
    statement_timeout: statementMs,
    lock_timeout: Math.min(LOCK_TIMEOUT_MS, statementMs),
    query_timeout: statementMs + QUERY_GRACE_MS,
  };
}

export function createDataSource(options: DataSourceOptions, url: string, pool: PoolOptions): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    applicationName: options.applicationName,
    entities: [...options.entities],
    migrations: [...options.migrations],
    migrationsTableName: 'schema_migrations',
    namingStrategy: new SnakeCaseColumns(),
    synchronize: false,
    logging: false,
    installExtensions: false,
    poolSize: pool.poolSize,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    poolErrorHandler: (error: unknown) => {
      options.logger.warn({ reason: describeCauses(error) }, 'an idle database connection was lost');
    },
    extra: {
      ...pool.extra,
      keepAlive: true,
      maxLifetimeSeconds: LONGEST_CONNECTION_SECONDS,
      onConnect: surviveLostConnections,
    },
  });
}

/**
 * The pool and TypeORM listen for errors of a connection, but not in the moment between the two: a connection that
 * is lost right then would end the process.
 */
function surviveLostConnections(client: EventEmitter): void {
  client.on('error', () => undefined);
}

/** `imageId` in code is `image_id` in the database. */
class SnakeCaseColumns extends DefaultNamingStrategy {
  override columnName(propertyName: string, customName: string | undefined): string {
    return customName ?? propertyName.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  }
}
