import { PermanentJobError, type RunningJob } from '@imgsrv/jobs';
import { waitFor } from '../support/wait-for.js';
import { DatabaseLink } from '../support/database-link.js';
import { Gate } from './gate.js';
import { type Note, TestQueue } from './test-queue.js';

/** So long that waiting for a lease to run out would fail the test. */
const LONG_LEASE_MS = 600_000;

describe('a database that goes away', () => {
  let queue: TestQueue;

  beforeAll(async () => {
    queue = await TestQueue.open();
  });
  afterEach(() => queue.stopWorkers());
  afterAll(() => queue.close());

  async function listenerPids(): Promise<readonly number[]> {
    const rows = await queue.database.rows<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'imgsrv-leases' AND (query LIKE 'LISTEN%' OR query LIKE '%lease_expires_at%')`,
    );
    return rows.map(({ pid }) => pid);
  }

  it('leaves a job alone that runs while every connection is cut', async () => {
    const kind = queue.kind();
    const gate = new Gate();
    const id = await queue.enqueue(kind, 'undisturbed');
    const run = async (job: RunningJob<Note>) => {
      await gate.passed();
      await job.fenced(async (tx) => {
        await tx.rows('INSERT INTO effects (note) VALUES ($1)', [job.payload.note]);
      });
    };
    queue.startWorker([{ kind, run }]);
    await queue.waitForState(id, 'running');
    expect(await queue.cutConnections()).toBeGreaterThan(0);
    gate.open();
    expect(await queue.waitForState(id, 'succeeded')).toMatchObject({ attempt: 1 });
    expect(await queue.effects('undisturbed')).toBe(1);
    await queue.waitForState(await queue.enqueue(kind, 'next'), 'succeeded');
  });

  it('undoes a transaction that was open, and the job is tried again without losing an attempt', async () => {
    const kind = queue.kind({ maxAttempts: 1 });
    const inside = new Gate();
    const gate = new Gate();
    let runs = 0;
    const run = (job: RunningJob<Note>) =>
      job.complete(async (tx) => {
        runs += 1;
        await tx.rows('INSERT INTO effects (note) VALUES ($1)', [job.payload.note]);
        inside.open();
        await gate.passed();
      });
    queue.startWorker([{ kind, run }], { leaseMs: LONG_LEASE_MS });
    const id = await queue.enqueue(kind, 'undone');
    await inside.passed();
    const before = await listenerPids();
    await queue.cutConnections();
    // By the time it listens again the worker knows of all the connections that it lost.
    // The connection that asks may be one that is being cut.
    const now = () => listenerPids().catch(() => before);
    await waitFor(async () => (await now()).some((pid) => !before.includes(pid)));
    gate.open();
    expect(await queue.waitForState(id, 'succeeded')).toMatchObject({ attempt: 1 });
    expect(runs).toBe(2);
    expect(await queue.effects('undone')).toBe(1);
  });

  it.each([
    { outcome: 'retried', error: new Error('not this time'), state: 'succeeded' },
    { outcome: 'failed', error: new PermanentJobError('Refused.'), state: 'failed' },
  ] as const)(
    'does not lose that a job $outcome while it was down, nor wait for the lease',
    async ({ outcome, error, state }) => {
      const link = await DatabaseLink.open(queue.url);
      const far = queue.connect(link.url);
      await far.start();
      const kind = queue.kind();
      const gate = new Gate();
      const run = async (job: RunningJob<Note>) => {
        if (job.attempt > 1) return;
        await gate.passed();
        throw error;
      };
      const worker = queue.startWorker([{ kind, run }], { leaseMs: LONG_LEASE_MS }, far);
      const id = await queue.enqueue(kind);
      await queue.waitForState(id, 'running');
      await link.close();
      gate.open();
      const again = await DatabaseLink.open(queue.url, link.listeningPort);
      await queue.waitForState(id, state);
      expect(worker.observed.ended[0]?.outcome).toBe(outcome);
      await worker.stop(0);
      await far.close();
      await again.close();
    },
  );

  it('is waited for at the start', async () => {
    const link = await DatabaseLink.open(queue.url);
    await link.close();
    const far = queue.connect(link.url);
    const kind = queue.kind();
    const id = await queue.enqueue(kind);
    let isUp = false;
    const up = far.start().then(() => {
      isUp = true;
    });
    const worker = queue.startWorker([{ kind, run: () => Promise.resolve() }], {}, far);
    await expect(far.check()).rejects.toMatchObject({ code: 'dependency-unavailable' });
    expect(isUp).toBe(false);
    const back = await DatabaseLink.open(queue.url, link.listeningPort);
    await up;
    await queue.waitForState(id, 'succeeded');
    await worker.stop();
    await far.close();
    await back.close();
  });

  it('does not keep a worker from stopping', async () => {
    const link = await DatabaseLink.open(queue.url);
    const far = queue.connect(link.url);
    await far.start();
    const kind = queue.kind();
    const worker = queue.startWorker([{ kind, run: (job) => new Gate().passed(job.signal) }], {}, far);
    const id = await queue.enqueue(kind);
    await queue.waitForState(id, 'running');
    await link.close();
    await worker.stop(0);
    expect(await queue.job(id)).toMatchObject({ state: 'running', attempt: 1 });
    await waitFor(() => worker.observed.ended.length === 1);
    await far.close();
  });
});
