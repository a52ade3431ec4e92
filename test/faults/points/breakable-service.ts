import { openObjectStore, type ObjectStore } from '@imgsrv/cas';
import { SILENT } from '../../api/auth-database.js';
import { HttpClient } from '../../support/http-client.js';
import { createTestDatabase } from '../../support/postgres.js';
import { type RunningService, startService } from '../../support/service.js';
import type { ServiceProcess } from '../../support/service-process.js';
import { createTemporaryFolder } from '../../support/temporary-folder.js';
import { TestConnection } from '../../support/test-connection.js';
import { waitFor } from '../../support/wait-for.js';
import { FaultFolder } from './fault-folder.js';
import { StandInEncoder } from './stand-in-encoder.js';
import { RepeatingClient } from './repeating-client.js';

const LEASE_MS = 2000;
const FREEZE_MS = 2500;
const SETTLE_MS = 60_000;
/** Everything that is left over is due at once, and failures are tried again soon. */
const FLAGS = [
  ...['--job-lease', `${LEASE_MS}ms`, '--blob-grace', '1ms', '--scrub-period', '1s'],
  ...['--cas-promotion-poll-interval', '100ms', '--cas-promotion-error-backoff', '50ms'],
  ...['--cas-promotion-circuit-breaker-failures', '1000'],
];

/** One api and two workers out of woven programs; whichever is killed is started again. */
export class BreakableService {
  /** How processes ended that nobody killed. */
  readonly unexpectedEnds: string[] = [];
  private isStopping = false;
  private readonly watched = new Set<ServiceProcess>();
  private readonly restarts: Promise<void>[] = [];

  private constructor(
    readonly running: RunningService,
    readonly faults: FaultFolder,
    readonly encoder: StandInEncoder,
    readonly connection: TestConnection,
    readonly store: ObjectStore,
    private readonly cleanUp: () => Promise<void>,
  ) {}

  static async start(programs: ReadonlyMap<string, string>): Promise<BreakableService> {
    const folder = await createTemporaryFolder('points');
    const faults = await FaultFolder.in(folder.path);
    const encoder = await StandInEncoder.in(folder.path);
    const database = await createTestDatabase();
    const running = await startService({
      workers: 0,
      programs,
      environment: { ...faults.environment(FREEZE_MS), ...encoder.environment },
      databaseUrl: database.url,
    });
    const store = openObjectStore({ storageDir: running.storageDir }, SILENT);
    if (store === undefined) throw new Error('there is no store');
    const connection = await TestConnection.open(database.url);
    const service = new BreakableService(running, faults, encoder, connection, store, async () => {
      await running.stop();
      await connection.close();
      await store.close();
      await database.drop();
      await folder.remove();
    });
    await Promise.all([1, 2].map(() => service.startWorker()));
    await waitFor(() => service.bootstrapToken !== '', { what: 'a bootstrap token' });
    running.apis.forEach((api) => {
      service.watch(api, () => service.startApi());
    });
    return service;
  }

  /** Of the api that runs; undefined between two. */
  get url(): string | undefined {
    const api = this.running.apis.findLast(({ isRunning }) => isRunning);
    try {
      return api?.url;
    } catch {
      // It does not serve yet.
      return undefined;
    }
  }

  get bootstrapToken(): string {
    const [, token = ''] =
      /^imgsrv bootstrap token: (\S+)$/m.exec(this.running.apis.at(0)?.stdout ?? '') ?? [];
    return token;
  }

  as(token?: string): RepeatingClient {
    return new RepeatingClient(() => this.url, token);
  }

  /** A client that gives up at once. */
  get impatient(): HttpClient | undefined {
    return this.url === undefined ? undefined : new HttpClient(this.url);
  }

  async rows<Row extends object>(sql: string, parameters: readonly unknown[] = []): Promise<readonly Row[]> {
    return this.connection.rows<Row>(sql, parameters);
  }

  /** Queues a job of a recurring kind as if its time had come, without a notification, and waits for its end. */
  async runNow(kind: string, payload: object = {}): Promise<void> {
    const [job] = await this.rows<{ id: string }>(
      `INSERT INTO jobs (kind, payload, max_attempts) VALUES ($1, $2, 20) RETURNING id`,
      [kind, JSON.stringify(payload)],
    );
    await waitFor(
      async () =>
        (await this.rows(`SELECT FROM jobs WHERE id = $1 AND state IN ('queued', 'running')`, [job?.id]))
          .length === 0,
      { timeoutMs: SETTLE_MS, what: `a job of the kind ${kind} to end` },
    );
  }

  /** Resolves when no job is left to do. */
  async settle(): Promise<void> {
    let left: readonly object[] = [];
    await waitFor(
      async () => {
        left = await this.rows(
          `SELECT kind, state, attempt, last_error FROM jobs WHERE state IN ('queued', 'running')`,
        );
        return left.length === 0;
      },
      { timeoutMs: SETTLE_MS, what: () => `all jobs to end; left are ${JSON.stringify(left)}` },
    );
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    await Promise.all(this.restarts);
    await this.cleanUp();
  }

  private async startApi(): Promise<void> {
    await this.running.startApi();
    this.watchNew(this.running.apis, () => this.startApi());
  }

  private async startWorker(): Promise<void> {
    await this.running.startWorker(FLAGS);
    this.watchNew(this.running.workers, () => this.startWorker());
  }

  private watchNew(processes: readonly ServiceProcess[], restart: () => Promise<void>): void {
    processes
      .filter((process) => !this.watched.has(process) && process.isRunning)
      .forEach((process) => {
        this.watch(process, restart);
      });
  }

  private watch(process: ServiceProcess, restart: () => Promise<void>): void {
    this.watched.add(process);
    void process.exited.then(({ signal, code }) => {
      if (this.isStopping) {
        return;
      }
      if (signal !== 'SIGKILL') {
        this.unexpectedEnds.push(
          `the ${process.name} ended with ${String(code ?? signal)}:\n${process.stderr}`,
        );
      }
      // One may be killed again while it starts.
      const again = (): Promise<void> => (this.isStopping ? Promise.resolve() : restart().catch(again));
      this.restarts.push(again());
    });
  }
}
