import type { DataSource } from 'typeorm';
import { describeCauses } from '../errors/describe-causes.js';
import { DependencyUnavailableError } from '../errors/dependency-unavailable.error.js';
import { createDataSource, type DataSourceOptions, statementTimeouts } from './data-source.js';
import { isDatabaseUnavailable } from './postgres-errors.js';
import { poolUse, type PoolUse } from './pool-use.js';
import { runMigrations } from './run-migrations.js';
import { Transaction } from './transaction.js';

export interface DatabaseOptions extends DataSourceOptions {
  /** Absent: every use fails with DependencyUnavailableError. */
  readonly url?: string;
  readonly poolSize?: number;
  /** SQL that is run after the migrations, under their lock. */
  readonly grants?: string;
  /** Default 30 s. Migrations have none. */
  readonly statementTimeoutMs?: number;
}

const STATEMENT_TIMEOUT_MS = 30_000;
const POOL_SIZE = 10;
/** One holds the lock, the other migrates. */
const MIGRATION_POOL_SIZE = 2;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 2000;

/**
 * The control plane. It may be absent at start and go away later: connecting and migrating happen in the
 * background, and until then, and while it is away, every call rejects with DependencyUnavailableError.
 */
export class Database {
  private readonly dataSource: DataSource | undefined;
  private readonly closing = new AbortController();
  private connecting: Promise<void> | undefined;
  private usable = false;

  constructor(private readonly options: DatabaseOptions) {
    this.dataSource =
      options.url === undefined
        ? undefined
        : createDataSource(options, options.url, {
            poolSize: options.poolSize ?? POOL_SIZE,
            extra: statementTimeouts(options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS),
          });
  }

  get isConfigured(): boolean {
    return this.dataSource !== undefined;
  }

  /** The connection URL, for the LISTEN connection that cannot come from the pool. */
  get url(): string | undefined {
    return this.options.url;
  }

  /** How the connections are used; undefined without a database. */
  get pool(): PoolUse | undefined {
    return this.dataSource === undefined
      ? undefined
      : poolUse(this.dataSource, this.options.poolSize ?? POOL_SIZE);
  }

  /** Begins to connect and migrate in the background; the promise settles when that has succeeded or `close` was called. */
  start(): Promise<void> {
    this.connecting ??= this.dataSource === undefined ? Promise.resolve() : this.connect(this.dataSource);
    return this.connecting;
  }

  /** Runs single statements outside any transaction. */
  async rows<Row extends object>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.guarded((dataSource) => new Transaction(dataSource.manager).rows<Row>(sql, parameters));
  }

  /** Plain reads and writes of entities outside any transaction. */
  async use<T>(work: (connection: Transaction) => Promise<T>): Promise<T> {
    return this.guarded((dataSource) => work(new Transaction(dataSource.manager)));
  }

  /** Runs `work` in one READ COMMITTED transaction: all of it is kept, or nothing when it rejects. */
  async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.guarded((dataSource) => dataSource.transaction((manager) => work(new Transaction(manager))));
  }

  /** Runs reads that must all see one state of the database. */
  async snapshot<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.guarded((dataSource) =>
      dataSource.transaction('REPEATABLE READ', (manager) => work(new Transaction(manager))),
    );
  }

  /** Resolves when the database answers a statement within a short time. */
  async check(): Promise<void> {
    await this.rows('SELECT 1');
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.connecting;
    this.usable = false;
    if (this.dataSource?.isInitialized === true) {
      await this.dataSource.destroy();
    }
  }

  private async guarded<T>(work: (dataSource: DataSource) => Promise<T>): Promise<T> {
    if (this.dataSource === undefined) {
      throw new DependencyUnavailableError('postgres', { reason: 'not configured' });
    }
    if (!this.usable) {
      throw new DependencyUnavailableError('postgres');
    }
    try {
      return await work(this.dataSource);
    } catch (error) {
      throw isDatabaseUnavailable(error)
        ? new DependencyUnavailableError('postgres', { cause: error })
        : error;
    }
  }

  /** On connections of its own, without a time-out: a change of a large table takes as long as it takes. */
  private async migrate(): Promise<void> {
    const { url } = this.options;
    if (url === undefined) {
      return;
    }
    const dataSource = createDataSource(this.options, url, { poolSize: MIGRATION_POOL_SIZE, extra: {} });
    try {
      await dataSource.initialize();
      await runMigrations(dataSource, this.options.logger, this.options.grants);
    } finally {
      if (dataSource.isInitialized) {
        await dataSource.destroy();
      }
    }
  }

  private async connect(dataSource: DataSource): Promise<void> {
    for (
      let pauseMs = FIRST_RETRY_MS;
      !this.closing.signal.aborted;
      pauseMs = Math.min(pauseMs * 2, LONGEST_RETRY_MS)
    ) {
      try {
        if (!dataSource.isInitialized) {
          await dataSource.initialize();
        }
        await this.migrate();
        this.usable = true;
        return;
      } catch (error) {
        if (!isDatabaseUnavailable(error)) {
          throw error;
        }
        this.options.logger.warn(
          { reason: describeCauses(error), retry_ms: pauseMs },
          'the database is not reachable yet',
        );
        await pause(pauseMs, this.closing.signal);
      }
    }
  }
}

function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, durationMs);
    signal.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}
