import { randomUUID } from 'node:crypto';
import type { ObjectStore } from '@imgsrv/cas';
import type { JobHandler, JobOutcome } from '@imgsrv/jobs';
import { type Config, type Database, parseCommandLine } from '@imgsrv/platform';
import { pino } from 'pino';
import { Counter } from 'prom-client';
import { createJobHandlers } from '../../apps/publisher-worker/src/job-handlers.js';
import { IngestMetrics } from '../../apps/publisher-worker/src/metrics/ingest-metrics.js';
import { RemovalMetrics } from '../../apps/publisher-worker/src/metrics/removal-metrics.js';
import { ScrubMetrics } from '../../apps/publisher-worker/src/metrics/scrub-metrics.js';
import { CircuitBreaker } from '../../libs/jobs/src/circuit-breaker.js';
import { JobExecution } from '../../libs/jobs/src/job-execution.js';
import { type ClaimedJob, JobStore } from '../../libs/jobs/src/job-store.js';
import { LeaseKeeper } from '../../libs/jobs/src/lease-keeper.js';
import { SideConnection } from '../../libs/platform/src/database/side-connection.js';
import { type BreakableProcess, DeadProcessError } from './breakable-process.js';

export const SILENT = pino({ level: 'silent' });
const LEASE_MS = 60_000;
const SECOND_MS = 1000;

export interface Attempt {
  readonly claimed: ClaimedJob;
  readonly outcome: JobOutcome;
}

/** Runs one job after the other, as a worker does, each when it is told to. */
export class StepWorker {
  private readonly config: Config;
  private readonly leases: LeaseKeeper;

  constructor(real: { readonly database: Database; readonly store: ObjectStore }) {
    const flags = ['--postgres-url', real.database.url ?? '', '--storage-dir', '/', '--blob-grace', '1d'];
    const command = parseCommandLine('worker', flags, {});
    if (command.kind !== 'run') throw new Error('the flags start nothing');
    this.config = command.config;
    const connection = { url: real.database.url ?? '', applicationName: 'imgsrv-test', channel: 'none' };
    // Never started: leases are lost when the history says so.
    this.leases = new LeaseKeeper(
      new SideConnection({ ...connection, onNotification: () => undefined, logger: SILENT }),
      LEASE_MS,
      SILENT,
    );
  }

  /** How the next job ended, in this process; undefined when there is none to do. */
  async work(process: BreakableProcess): Promise<Attempt | undefined> {
    const { database, store } = process;
    const handlers = createJobHandlers({
      config: this.config,
      database,
      store,
      ...metrics(),
      logger: SILENT,
    });
    const jobs = new JobStore(database);
    const kinds = handlers.map(({ kind }) => kind.name);
    const claimed = await jobs.claim(kinds, randomUUID(), LEASE_MS).catch(unlessDead);
    const handler = handlers.find(({ kind }) => kind.name === claimed?.lease.kind);
    if (claimed === undefined || handler === undefined) {
      return undefined;
    }
    return { claimed, outcome: await this.execute(jobs, claimed, handler) };
  }

  private async execute(
    store: JobStore,
    claimed: ClaimedJob,
    handler: JobHandler<object>,
  ): Promise<JobOutcome> {
    let outcome: JobOutcome = 'lease-lost';
    const ignored = (): undefined => undefined;
    const execution = new JobExecution(
      claimed,
      handler,
      new CircuitBreaker({ failures: 1000, cooldownMs: SECOND_MS }, () => performance.now()),
      {
        store,
        leases: this.leases,
        backoff: { firstMs: SECOND_MS, longestMs: SECOND_MS },
        watch: { stallMs: 60 * SECOND_MS, abandonMs: SECOND_MS },
        observer: {
          ...{ began: ignored, stepEnded: ignored, breakerChanged: ignored },
          ended: (_kind, ended) => {
            outcome = ended;
          },
        },
        logger: SILENT,
        wakesIn: ignored,
      },
      new AbortController().signal,
    );
    await execution.run();
    return outcome;
  }
}

function metrics() {
  const counter = (labelNames: string[] = []) =>
    new Counter({ name: 'counter', help: 'counter', labelNames, registers: [] });
  return {
    ingestMetrics: new IngestMetrics(counter(['outcome']), counter()),
    removalMetrics: new RemovalMetrics(counter(), counter(), counter(['kind'])),
    scrubMetrics: new ScrubMetrics(counter(['outcome']), counter()),
  };
}

function unlessDead(error: unknown): undefined {
  if (!(error instanceof DeadProcessError)) {
    throw error;
  }
}
