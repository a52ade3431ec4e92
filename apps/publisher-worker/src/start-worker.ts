import type { RequestListener } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type ObjectStore, ObjectStoreMetrics, ObservedObjectStore, openObjectStore } from '@imgsrv/cas';
import { JobWorker, type JobWorkerOptions } from '@imgsrv/jobs';
import {
  type Config,
  Database,
  exactExpress,
  FigureGauges,
  InvalidSettingError,
  listenHttp,
  type Logger,
  NestLogger,
  PlainProblemFilter,
  Readiness,
  type RunningService,
  Scrape,
  startMetricsListener,
  startTracing,
} from '@imgsrv/platform';
import { JOB_KINDS, readStoredFigures } from '@imgsrv/streams';
import { MIGRATIONS } from '../../../migrations/index.js';
import { createJobHandlers } from './job-handlers.js';
import { MaintenanceSchedule } from './maintenance/maintenance-schedule.js';
import { StatisticsSchedule } from './maintenance/statistics-schedule.js';
import { IngestMetrics } from './metrics/ingest-metrics.js';
import { JobMetrics } from './metrics/job-metrics.js';
import { RemovalMetrics } from './metrics/removal-metrics.js';
import { ScrubMetrics } from './metrics/scrub-metrics.js';
import { WorkerModule } from './worker.module.js';

/** Runs jobs until it is stopped. */
export async function startWorker(config: Config, logger: Logger): Promise<RunningService> {
  const { database, store } = openDependencies(config, logger);
  const tracing = await startTracing(config, logger);
  const readiness = new Readiness(
    [
      { name: 'postgres', neededFor: 'serving', check: () => database.check() },
      { name: 'object store', neededFor: 'serving', check: () => store.check() },
    ],
    logger,
  );
  const app = await NestFactory.create(WorkerModule.with(readiness), exactExpress(), {
    logger: new NestLogger(logger),
    bodyParser: false,
    abortOnError: false,
  });
  app.useGlobalFilters(new PlainProblemFilter(logger, ['/healthz', '/readyz']));
  await app.init();
  const health =
    config.listen &&
    (await listenHttp(app.getHttpAdapter().getInstance() as RequestListener, config.listen, { logger }));
  const scrape = new Scrape({
    gauges: app.get(FigureGauges),
    database,
    readiness,
    readDatabase: readStoredFigures,
  });
  const metrics =
    config.metricsListen &&
    (await startMetricsListener(config.metricsListen, config.metricsPath, logger, () => scrape.sample()));
  const worker = createJobWorker(config, database, store, app, logger);
  readiness.onRecovery(() => {
    worker.retryNow();
  });
  const maintenance = new MaintenanceSchedule(JOB_KINDS, database, logger);
  const statistics = new StatisticsSchedule(database, logger);
  const working = database.start().then(() => {
    worker.start();
    maintenance.start();
    statistics.start();
  });
  await Promise.race([working, patience()]);
  await readiness.start();
  return {
    urls: {
      ...(health === undefined ? {} : { http: health.url }),
      ...(metrics === undefined ? {} : { metrics: metrics.url }),
    },
    failed: working,
    stop: async (drainDelayMs) => {
      readiness.drain();
      health?.drain();
      maintenance.stop();
      // The delay is for those who look at the health; nothing is to be claimed meanwhile.
      await Promise.all([statistics.stop(), worker.stop(config.shutdownTimeoutMs / 2), delay(drainDelayMs)]);
      await health?.close(0);
      await metrics?.close(0);
      readiness.close();
      await app.close();
      await database.close();
      await store.close();
      await tracing.stop();
    },
  };
}

function createJobWorker(
  config: Config,
  database: Database,
  store: ObjectStore,
  app: INestApplication,
  logger: Logger,
): JobWorker {
  const jobMetrics = app.get(JobMetrics);
  const handlers = createJobHandlers({
    config,
    database,
    store: new ObservedObjectStore(store, app.get(ObjectStoreMetrics)),
    ingestMetrics: app.get(IngestMetrics),
    removalMetrics: app.get(RemovalMetrics),
    scrubMetrics: app.get(ScrubMetrics),
    logger,
  });
  jobMetrics.expect(handlers.map(({ kind }) => kind.name));
  return new JobWorker(database, handlers, workerOptions(config), jobMetrics, logger);
}

function openDependencies(config: Config, logger: Logger) {
  const store = openObjectStore(config, logger);
  if (config.postgresUrl === undefined || store === undefined) {
    throw new InvalidSettingError(
      'The worker needs --postgres-url (IMGSRV_POSTGRES_URL) and a store: --storage-dir or the --s3-* settings.',
    );
  }
  const database = new Database({
    url: config.postgresUrl,
    applicationName: 'imgsrv-worker',
    entities: [],
    migrations: MIGRATIONS,
    logger,
  });
  return { database, store };
}

/** Longer than any single read, write or statement takes that does not fail. */
const STALL_MS = 300_000;
const LONGEST_ABANDON_MS = 10_000;

function workerOptions({ nodeName, worker, shutdownTimeoutMs }: Config): JobWorkerOptions {
  return {
    nodeName,
    concurrency: worker.concurrency,
    leaseMs: worker.jobLeaseMs,
    pollIntervalMs: worker.pollIntervalMs,
    backoff: { firstMs: worker.errorBackoffMs, longestMs: worker.errorBackoffMaxMs },
    breaker: { failures: worker.breakerFailures, cooldownMs: worker.breakerCooldownMs },
    watch: { stallMs: STALL_MS, abandonMs: Math.min(LONGEST_ABANDON_MS, shutdownTimeoutMs / 4) },
  };
}

const PATIENCE_MS = 2000;

/** The process is up even when its database is not: it begins to work once that is there. */
function patience(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, PATIENCE_MS).unref();
  });
}
