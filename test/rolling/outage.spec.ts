import { setTimeout as delay } from 'node:timers/promises';
import { HttpClient } from '../support/http-client.js';
import { begin, complete, sendPart, someBytes } from '../contract/upload-steps.js';
import { TestConnection } from '../support/test-connection.js';
import { describeWith } from '../fixtures/requirement.js';
import { type RunningService, startService } from '../support/service.js';
import { waitFor } from '../support/wait-for.js';
import { Haproxy } from './haproxy.js';
import { Load } from './load.js';
import { OwnPostgres } from './own-postgres.js';
import { OwnS3 } from './own-s3.js';
import { expectPublishedOnce } from './published-once.js';

const RECOVERY_MS = 10_000;
/** Time for the load to be at everything that it does. */
const WARM_UP_MS = 4000;
/** More than twice the failures after which a worker lets a kind of job rest. */
const WAITING_JOBS = 24;

interface Outage {
  readonly what: string;
  readonly store: 'killed' | 'frozen' | 'there';
  readonly postgres: 'stopped' | 'there';
}

const OUTAGES: readonly Outage[] = [
  { what: 'Postgres and the object store were away', store: 'killed', postgres: 'stopped' },
  { what: 'the object store was away', store: 'killed', postgres: 'there' },
  { what: 'Postgres was away', store: 'there', postgres: 'stopped' },
  { what: 'the object store was frozen', store: 'frozen', postgres: 'there' },
];
/** `IMGSRV_TEST_OUTAGES=4 npx jest test/rolling/outage` tries them all for twenty seconds each, which takes about five minutes. */
const TRIED = OUTAGES.slice(0, Number(process.env.IMGSRV_TEST_OUTAGES ?? '1'));
/** Longer than both breakers take to open, in the long form as well. */
const OUTAGE_MS = process.env.IMGSRV_TEST_OUTAGES === undefined ? 8000 : 20_000;

jest.setTimeout(240_000);

describeWith(['haproxy', 'rgw'], 'a service under load', () => {
  let postgres: OwnPostgres;
  let s3: OwnS3;
  let service: RunningService;
  let haproxy: Haproxy;
  let load: Load | undefined;

  beforeEach(async () => {
    [postgres, s3] = await Promise.all([OwnPostgres.start(), OwnS3.start()]);
    service = await startService({ apis: 2, workers: 2, databaseUrl: postgres.url, store: s3.service });
    const [one, two] = service.baseUrls;
    haproxy = await Haproxy.start([one ?? '', two ?? '']);
  });
  afterEach(async () => {
    load?.abandon();
    await haproxy.stop();
    await service.stop();
    await Promise.all([postgres.stop(), s3.stop()]);
  });

  it.each(TRIED)('is as before within ten seconds after $what', async (outage) => {
    load = await Load.start(haproxy.url, await bootstrapToken());
    const { tally } = load;
    await delay(WARM_UP_MS);
    await pileUpJobs(load.client);
    const beganAtMs = performance.now();
    await takeAway(outage);
    await delay(OUTAGE_MS);
    await giveBack(outage);
    const backAtMs = performance.now();
    const jobsRecoveredMs = await jobsDone(backAtMs);
    await delay(Math.max(0, RECOVERY_MS - jobsRecoveredMs));
    await load.stop();
    const lastRefusalMs = Math.max(0, Math.round(tally.lastUnavailableAtMs - backAtMs));
    const figures = { ...tally.summary, last_503_ms: lastRefusalMs, jobs_recovered_ms: jobsRecoveredMs };
    process.stderr.write(`${outage.what}: ${JSON.stringify(figures)}\n`);
    expect(tally.failures).toEqual([]);
    expect(Math.min(...tally.unavailableAtMs)).toBeGreaterThan(beganAtMs);
    expect(lastRefusalMs).toBeLessThan(RECOVERY_MS);
    expect(jobsRecoveredMs).toBeLessThan(RECOVERY_MS);
    const processes = [...service.apis, ...service.workers];
    expect(processes).toHaveLength(4);
    expect(processes.every(({ isRunning }) => isRunning)).toBe(true);
    await expectPublishedOnce(postgres.url, tally.publishedVersions);
  });

  /** Completed uploads that no worker has looked at yet. */
  async function pileUpJobs(client: HttpClient): Promise<void> {
    service.workers.forEach((worker) => {
      worker.kill('SIGSTOP');
    });
    const upload = async (): Promise<void> => {
      const bytes = someBytes();
      const { id } = await begin(client, bytes);
      const part = await sendPart(client, id, 1, bytes);
      expect((await complete(client, id, [part])).status).toBe(200);
    };
    await Promise.all(Array.from({ length: WAITING_JOBS }, upload));
  }

  async function takeAway({ store, postgres: database }: Outage): Promise<void> {
    if (store === 'killed') {
      await s3.kill();
    } else if (store === 'frozen') {
      s3.freeze();
    }
    service.workers.forEach((worker) => {
      worker.kill('SIGCONT');
    });
    if (store === 'killed') {
      await jobsFailed();
    }
    if (database === 'stopped') {
      await postgres.stop();
    }
  }

  async function giveBack({ store, postgres: database }: Outage): Promise<void> {
    if (store === 'frozen') {
      s3.thaw();
    }
    await Promise.all([
      store === 'killed' ? s3.restart() : undefined,
      database === 'stopped' ? postgres.restart() : undefined,
    ]);
  }

  async function bootstrapToken(): Promise<string> {
    return waitFor(
      () => service.apis.map((api) => /^imgsrv bootstrap token: (\S+)$/m.exec(api.stdout)?.[1]).find(Boolean),
      { what: 'a bootstrap token' },
    );
  }

  async function connected<T>(work: (connection: TestConnection) => Promise<T>): Promise<T> {
    const connection = await TestConnection.open(postgres.url);
    try {
      return await work(connection);
    } finally {
      await connection.close();
    }
  }

  /** Waits until both workers have had enough failures to let verification rest. */
  async function jobsFailed(): Promise<void> {
    const failed = `SELECT FROM jobs WHERE kind = 'ingest_blob' AND last_error IS NOT NULL`;
    await connected((connection) =>
      waitFor(async () => (await connection.count(failed)) >= WAITING_JOBS / 2, {
        what: 'jobs to fail for want of the store',
      }),
    );
  }

  /** How long it took, from `backAtMs`, until every job of the time before was done. */
  async function jobsDone(backAtMs: number): Promise<number> {
    return connected(async (connection) => {
      const [now] = await connection.rows<{ now: Date }>('SELECT now()');
      const waiting = `SELECT kind, state, attempt, run_after - now() AS due, last_error FROM jobs
        WHERE state IN ('queued', 'running') AND kind IN ('ingest_blob', 'publish_version') AND created_at < $1`;
      let left: readonly object[] = [];
      await waitFor(async () => (left = await connection.rows(waiting, [now?.now])).length === 0, {
        timeoutMs: 150_000,
        what: () => `jobs to end: ${JSON.stringify(left)}`,
      });
      return Math.round(performance.now() - backAtMs);
    });
  }
});
