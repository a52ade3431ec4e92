import { randomUUID } from 'node:crypto';
import {
  type CircuitState,
  enqueueJob,
  type EnqueueOptions,
  type Job,
  type JobHandler,
  type JobId,
  type JobKind,
  type JobOutcome,
  JobReader,
  type JobState,
  JobWorker,
  type JobWorkerOptions,
  type StepOutcome,
} from '@imgsrv/jobs';
import type { Database } from '@imgsrv/platform';
import { pino } from 'pino';
import { OpenedDatabase } from '../support/database.js';
import { waitFor } from '../support/wait-for.js';

export interface Note {
  readonly note: string;
}

export interface Ended {
  readonly kind: string;
  readonly outcome: JobOutcome;
}

/** What a worker told those who measure it. */
export interface Observed {
  readonly ended: Ended[];
  /** Kinds of the attempts that began. */
  readonly began: string[];
  readonly steps: { readonly step: string; readonly outcome: StepOutcome }[];
  readonly breakers: CircuitState[];
}

export interface TestWorker {
  readonly observed: Observed;
  /** Says that a dependency came back. */
  retryNow(): void;
  /** Safe to repeat. */
  stop(graceMs?: number): Promise<void>;
}

const QUICK: JobWorkerOptions = {
  nodeName: 'test',
  concurrency: 4,
  leaseMs: 30_000,
  pollIntervalMs: 100,
  backoff: { firstMs: 5, longestMs: 20 },
  breaker: { failures: 1000, cooldownMs: 60_000 },
  watch: { stallMs: 60_000, abandonMs: 5000 },
};

/** Logs nothing: what is wrong is asserted. */
const SILENT = pino({ level: 'silent' });

/** A migrated database of its own with a job queue, and workers in this process. */
export class TestQueue {
  readonly reader: JobReader;
  private readonly workers: TestWorker[] = [];
  readonly database: Database;

  private constructor(private readonly opened: OpenedDatabase) {
    this.database = opened.database;
    this.reader = new JobReader(this.database);
  }

  static async open(): Promise<TestQueue> {
    const opened = await OpenedDatabase.open();
    await opened.database.rows('CREATE TABLE effects (note text NOT NULL)');
    return new TestQueue(opened);
  }

  get url(): string {
    return this.opened.url;
  }

  /** A pool of its own, over `url` when given; not started. */
  connect(url: string = this.url): Database {
    return this.opened.connect(url);
  }

  /** A kind that no other test uses. */
  kind(overrides: Partial<Omit<JobKind<Note>, 'parsePayload'>> = {}): JobKind<Note> {
    return {
      name: `test_${randomUUID()}`,
      class: 'publish',
      maxAttempts: 3,
      steps: [],
      timeLimit: { baseMs: 60_000 },
      parsePayload: parseNote,
      ...overrides,
    };
  }

  async enqueue(kind: JobKind<Note>, note = 'a note', options: EnqueueOptions = {}): Promise<JobId> {
    return this.database.transaction((tx) => enqueueJob(tx, kind, { note }, options));
  }

  /** A job whose worker died `attempt` attempts ago, long enough for its lease to have expired. */
  async insertAbandoned(kind: JobKind<Note>, attempt: number, note = 'a note'): Promise<JobId> {
    const [row] = await this.database.rows<{ id: JobId }>(
      `INSERT INTO jobs (kind, payload, state, attempt, max_attempts, lease_token, lease_expires_at, worker_id, started_at)
       VALUES ($1, $2, 'running', $3, $4, gen_random_uuid(), now() - interval '1 second', 'dead', now()) RETURNING id`,
      [kind.name, JSON.stringify({ note }), attempt, kind.maxAttempts],
    );
    return defined(row).id;
  }

  startWorker(
    handlers: readonly JobHandler<Note>[],
    options: Partial<JobWorkerOptions> = {},
    database: Database = this.database,
  ): TestWorker {
    const observed: Observed = { ended: [], began: [], steps: [], breakers: [] };
    const worker = new JobWorker(
      database,
      handlers,
      { ...QUICK, ...options },
      {
        began: (kind) => observed.began.push(kind),
        stepEnded: (_kind, step, outcome) => observed.steps.push({ step, outcome }),
        ended: (kind, outcome) => observed.ended.push({ kind, outcome }),
        breakerChanged: (_kind, state) => observed.breakers.push(state),
      },
      SILENT,
    );
    worker.start();
    let stopped: Promise<void> | undefined;
    const started = {
      observed,
      retryNow: () => {
        worker.retryNow();
      },
      stop: (graceMs = 5000) => (stopped ??= worker.stop(graceMs)),
    };
    this.workers.push(started);
    return started;
  }

  async job(id: JobId): Promise<Job> {
    return defined(await this.reader.find(id));
  }

  async waitForState(id: JobId, state: JobState): Promise<Job> {
    let latest: Job | undefined;
    return waitFor(
      async () => {
        latest = await this.job(id);
        return latest.state === state ? latest : undefined;
      },
      { what: () => `the job to be ${state}; it is ${JSON.stringify(latest)}` },
    );
  }

  /** Columns that `Job` does not show. */
  async row(id: JobId): Promise<JobRow> {
    const [row] = await this.database.rows<JobRow>(
      `SELECT worker_id, lease_token, lease_expires_at, run_after, updated_at, now() AS now,
              extract(epoch FROM run_after - updated_at) * 1000 AS delay_ms
         FROM jobs WHERE id = $1`,
      [id],
    );
    return defined(row);
  }

  /** What handlers wrote in fenced transactions. */
  async effects(note: string): Promise<number> {
    return (await this.database.rows('SELECT note FROM effects WHERE note = $1', [note])).length;
  }

  /** Cuts connections to this database but the one that asks. Returns how many there were. */
  async cutConnections(applicationName?: string): Promise<number> {
    const rows = await this.database.rows(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = COALESCE($1, application_name)`,
      [applicationName ?? null],
    );
    return rows.length;
  }

  async stopWorkers(): Promise<void> {
    await Promise.all(this.workers.splice(0).map((worker) => worker.stop(0)));
  }

  async close(): Promise<void> {
    await this.stopWorkers();
    await this.opened.close();
  }
}

export interface JobRow {
  readonly worker_id: string | null;
  readonly lease_token: string | null;
  readonly lease_expires_at: Date | null;
  readonly run_after: Date;
  readonly updated_at: Date;
  readonly now: Date;
  readonly delay_ms: string;
}

export function defined<T>(value: T | undefined | null): T {
  if (value === undefined || value === null) {
    throw new Error('expected a value');
  }
  return value;
}

function parseNote(stored: unknown): Note {
  const { note } = stored as Partial<Note>;
  if (typeof note !== 'string') {
    throw new TypeError('not a note');
  }
  return { note };
}
