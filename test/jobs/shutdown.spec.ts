import type { RunningJob } from '@imgsrv/jobs';
import { waitFor } from '../support/wait-for.js';
import { Gate } from './gate.js';
import { type Note, TestQueue } from './test-queue.js';

const LONG_LEASE_MS = 600_000;

describe('stopping a worker', () => {
  let queue: TestQueue;

  beforeAll(async () => {
    queue = await TestQueue.open();
  });
  afterEach(() => queue.stopWorkers());
  afterAll(() => queue.close());

  it('lets short work end', async () => {
    const kind = queue.kind();
    const gate = new Gate();
    const signals: AbortSignal[] = [];
    const run = async (job: RunningJob<Note>) => {
      signals.push(job.signal);
      await gate.passed(job.signal);
    };
    const worker = queue.startWorker([{ kind, run }]);
    const id = await queue.enqueue(kind);
    await queue.waitForState(id, 'running');
    const stopped = worker.stop(20_000);
    gate.open();
    await stopped;
    expect(await queue.job(id)).toMatchObject({ state: 'succeeded', attempt: 1 });
    expect(signals[0]?.aborted).toBe(false);
    expect(worker.observed.ended).toEqual([{ kind: kind.name, outcome: 'succeeded' }]);
  });

  it('begins nothing more', async () => {
    const kind = queue.kind();
    const gate = new Gate();
    const run = jest.fn(() => gate.passed());
    const worker = queue.startWorker([{ kind, run }], { concurrency: 1 });
    const first = await queue.enqueue(kind);
    await queue.waitForState(first, 'running');
    const waiting = await queue.enqueue(kind);
    const stopped = worker.stop(20_000);
    gate.open();
    await stopped;
    expect(await queue.job(first)).toMatchObject({ state: 'succeeded' });
    expect(await queue.job(waiting)).toMatchObject({ state: 'queued', attempt: 0 });
    expect(run).toHaveBeenCalledTimes(1);
  });

  it('aborts long work, which another worker takes at once and without losing an attempt', async () => {
    const kind = queue.kind({ steps: [{ name: 'one', sequence: 1, timeLimit: { baseMs: 60_000 } }] });
    const attempts: number[] = [];
    const long = (job: RunningJob<Note>) => job.step('one', () => new Gate().passed(job.signal));
    const short = async (job: RunningJob<Note>) => {
      attempts.push(job.attempt);
      await job.step('one', () => Promise.resolve());
    };
    const leaving = queue.startWorker([{ kind, run: long }], { leaseMs: LONG_LEASE_MS });
    const id = await queue.enqueue(kind);
    await queue.waitForState(id, 'running');
    // Neither the lease nor a poll explains that it comes so soon.
    queue.startWorker([{ kind, run: short }], { leaseMs: LONG_LEASE_MS, pollIntervalMs: LONG_LEASE_MS });
    await leaving.stop(50);
    const job = await queue.waitForState(id, 'succeeded');
    expect(leaving.observed.ended).toEqual([{ kind: kind.name, outcome: 'released' }]);
    expect(attempts).toEqual([1]);
    expect(job).not.toHaveProperty('lastError');
    expect(job.steps).toMatchObject([{ state: 'succeeded' }]);
  });

  it('gives a job back that could have been its last attempt, however often that happens', async () => {
    const kind = queue.kind({ maxAttempts: 1 });
    const id = await queue.enqueue(kind);
    for (let round = 0; round < 3; round += 1) {
      const worker = queue.startWorker([{ kind, run: (job) => new Gate().passed(job.signal) }]);
      await queue.waitForState(id, 'running');
      await worker.stop(0);
      expect(await queue.job(id)).toMatchObject({ state: 'queued', attempt: 0 });
    }
    queue.startWorker([{ kind, run: () => Promise.resolve() }]);
    expect(await queue.waitForState(id, 'succeeded')).toMatchObject({ attempt: 1 });
  });

  it('takes work that ended while it was aborted as ended', async () => {
    const kind = queue.kind();
    const run = async (job: RunningJob<Note>) => {
      await new Gate().passed(job.signal).catch(() => undefined);
      await job.complete(() => Promise.resolve());
    };
    const worker = queue.startWorker([{ kind, run }]);
    const id = await queue.enqueue(kind);
    await queue.waitForState(id, 'running');
    await worker.stop(0);
    expect(await queue.job(id)).toMatchObject({ state: 'succeeded' });
  });

  it('ends although the worker is idle and polls rarely', async () => {
    const worker = queue.startWorker([{ kind: queue.kind(), run: () => Promise.resolve() }], {
      pollIntervalMs: LONG_LEASE_MS,
    });
    await worker.stop();
    await waitFor(async () => {
      const left = await queue.database.rows(
        `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'imgsrv-leases'`,
      );
      return left.length === 0;
    });
  });
});
