import type { DataSource, EntityManager } from 'typeorm';
import { describeCauses } from '../errors/describe-causes.js';
import { DependencyUnavailableError } from '../errors/dependency-unavailable.error.js';
import { type Connection, rowsFrom } from './connection.js';
import { createDataSource, type DataSourceOptions, timeLimits } from './data-source.js';
import { withoutValues } from './failed-statement.error.js';
import { cut, PoolRenewal } from './pool-renewal.js';
import { poolOf, poolUse, type PoolUse } from './pool-use.js';
import { type DatabaseTrouble, databaseTrouble, isDatabaseUnavailable, isSilent } from './postgres-errors.js';
import { runMigrations } from './run-migrations.js';
import { Slots } from './slots.js';
import { SingleStatement, Transaction } from './transaction.js';

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
/** Of the connections, those that writes never take: what waits for a lock must not keep plain reads waiting. */
const SHARE_FOR_READS = 0.4;
/** How long a transaction waits for its turn. */
const TURN_PATIENCE_MS = 5000;
/** One holds the lock, the other migrates. */
const MIGRATION_POOL_SIZE = 2;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 2000;

/**
 * The control plane. It may be absent at start and go away later: connecting and migrating happen in the
 * background, and until then, and while it is away, every call rejects with DependencyUnavailableError. A statement that
 * is refused for another reason rejects with FailedStatementError, which holds none of its values.
 */
export class Database {
  private readonly dataSource: DataSource | undefined;
  private readonly closing = new AbortController();
  private readonly transactions: Slots;
  private renewal: PoolRenewal | undefined;
  private connecting: Promise<void> | undefined;
  private usable = false;

  constructor(private readonly options: DatabaseOptions) {
    this.dataSource =
      options.url === undefined
        ? undefined
        : createDataSource(options, options.url, {
            poolSize: options.poolSize ?? POOL_SIZE,
            extra: timeLimits(options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS),
          });
    const poolSize = options.poolSize ?? POOL_SIZE;
    this.transactions = new Slots(Math.max(1, poolSize - Math.ceil(poolSize * SHARE_FOR_READS)));
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

  /** Runs one reading statement outside any transaction. */
  async rows<Row extends object>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.guarded(({ manager }) => rowsFrom<Row>(manager, sql, parameters));
  }

  /** Plain reads outside any transaction. */
  async use<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    return this.guarded(({ manager }) =>
      work({
        rows: <Row extends object>(sql: string, parameters?: readonly unknown[]) =>
          rowsFrom<Row>(manager, sql, parameters),
      }),
    );
  }

  /** Runs one statement that writes; it waits its turn as a transaction does. `work` fails at a second statement. */
  async write<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.inTurn(({ manager }) => work(new SingleStatement(manager)));
  }

  /** Runs `work` in one READ COMMITTED transaction: all of it is kept, or nothing when it rejects. */
  async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.inTurn((dataSource) =>
      dataSource.transaction((manager) => unlessSilent(manager, work(new Transaction(manager)))),
    );
  }

  /** Runs reads that must all see one state of the database. */
  async snapshot<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    return this.guarded((dataSource) =>
      dataSource.transaction('REPEATABLE READ', (manager) =>
        unlessSilent(manager, work(new Transaction(manager))),
      ),
    );
  }

  /** Resolves when the database answers and accepts writes. Rejects with DependencyUnavailableError. */
  async check(): Promise<void> {
    const [row] = await this.rows<{ read_only: boolean }>(
      `SELECT current_setting('transaction_read_only')::boolean AS read_only`,
    );
    if (row?.read_only === true) {
      this.renewal?.renew();
      throw new DependencyUnavailableError('postgres', { reason: REASONS['read-only'] });
    }
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
      const trouble = databaseTrouble(error);
      if (trouble === undefined) {
        throw withoutValues(error);
      }
      if (trouble === 'read-only' || isSilent(error)) {
        this.renewal?.renew();
      }
      throw new DependencyUnavailableError('postgres', {
        cause: withoutValues(error),
        reason: REASONS[trouble],
        isOutage: trouble !== 'busy',
      });
    }
  }

  /** As `guarded`, for what may hold a connection while it waits for a lock. */
  private inTurn<T>(work: (dataSource: DataSource) => Promise<T>): Promise<T> {
    return this.transactions.use(
      () => this.guarded(work),
      TURN_PATIENCE_MS,
      () => new DependencyUnavailableError('postgres', { reason: REASONS.busy, isOutage: false }),
    );
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
          const pool = poolOf(dataSource);
          this.renewal = pool && new PoolRenewal(pool);
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

/** Complete "The database is …". */
const REASONS: Readonly<Record<DatabaseTrouble, string>> = {
  unreachable: 'not reachable right now',
  'read-only': 'read-only right now; reads are still served',
  busy: 'busy: something else holds what this needs. Try again',
};

/** Rolling back over a connection that leads nowhere would take as long as the statement that found out. */
async function unlessSilent<T>(manager: EntityManager, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (isSilent(error)) {
      const connection: unknown = await manager.queryRunner?.connect();
      if (typeof connection === 'object' && connection !== null) {
        cut(connection);
      }
    }
    throw error;
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
