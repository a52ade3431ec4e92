import { enqueueJob, type JobId, type RunningJob } from '@imgsrv/jobs';
import { waitFor } from '../support/wait-for.js';
import { Gate } from './gate.js';
import { type Note, TestQueue } from './test-queue.js';

describe('claiming jobs', () => {
  let queue: TestQueue;

  beforeAll(async () => {
    queue = await TestQueue.open();
  });
  afterEach(() => queue.stopWorkers());
  afterAll(() => queue.close());

  it('gives each job to exactly one of many workers that ask at once', async () => {
    const kind = queue.kind();
    const ids = await queue.database.transaction(async (tx) => {
      const enqueued: JobId[] = [];
      for (let index = 0; index < 120; index += 1) {
        enqueued.push(await enqueueJob(tx, kind, { note: String(index) }));
      }
      return enqueued;
    });
    const runs: { readonly id: JobId; readonly worker: number; readonly attempt: number }[] = [];
    for (let worker = 0; worker < 6; worker += 1) {
      const run = async (job: RunningJob<Note>) => {
        runs.push({ id: job.id, worker, attempt: job.attempt });
        await Promise.resolve();
      };
      queue.startWorker([{ kind, run }], { concurrency: 3 });
    }

    await waitFor(() => runs.length >= ids.length, { what: 'all jobs to run' });
    for (const id of ids) {
      expect(await queue.waitForState(id, 'succeeded')).toMatchObject({ attempt: 1 });
    }
    expect(runs.map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect(runs.every(({ attempt }) => attempt === 1)).toBe(true);
    expect(new Set(runs.map(({ worker }) => worker)).size).toBeGreaterThan(1);
  });

  it('takes those first that have waited longest', async () => {
    const kind = queue.kind();
    for (const note of ['first', 'second', 'third']) {
      await queue.enqueue(kind, note);
    }
    const order: string[] = [];
    queue.startWorker(
      [{ kind, run: async (job) => void order.push(await Promise.resolve(job.payload.note)) }],
      {
        concurrency: 1,
      },
    );
    await waitFor(() => order.length === 3);
    expect(order).toEqual(['first', 'second', 'third']);
  });

  it('takes a job whose worker died before those that wait', async () => {
    const kind = queue.kind();
    await queue.enqueue(kind, 'waiting');
    await queue.insertAbandoned(kind, 1, 'abandoned');
    const order: string[] = [];
    queue.startWorker(
      [{ kind, run: async (job) => void order.push(await Promise.resolve(job.payload.note)) }],
      {
        concurrency: 1,
      },
    );
    await waitFor(() => order.length === 2);
    expect(order).toEqual(['abandoned', 'waiting']);
  });

  it('runs no more jobs at once than it is told', async () => {
    const kind = queue.kind();
    const ids = await Promise.all(Array.from({ length: 7 }, () => queue.enqueue(kind)));
    const gate = new Gate();
    let running = 0;
    let most = 0;
    const run = async () => {
      running += 1;
      most = Math.max(most, running);
      await gate.passed();
      running -= 1;
    };
    queue.startWorker([{ kind, run }], { concurrency: 2 });
    await waitFor(() => running === 2);
    gate.open();
    await Promise.all(ids.map((id) => queue.waitForState(id, 'succeeded')));
    expect(most).toBe(2);
  });

  it('counts the attempt when it claims, not when the job ends', async () => {
    const kind = queue.kind();
    const id = await queue.enqueue(kind);
    expect(await queue.job(id)).toMatchObject({ state: 'queued', attempt: 0 });
    const gate = new Gate();
    queue.startWorker([{ kind, run: () => gate.passed() }]);
    expect(await queue.waitForState(id, 'running')).toMatchObject({ attempt: 1 });
    gate.open();
    expect(await queue.waitForState(id, 'succeeded')).toMatchObject({ attempt: 1 });
  });

  it('leaves the kinds alone that it has no handler for', async () => {
    const [known, unknown] = [queue.kind(), queue.kind()];
    const left = await queue.enqueue(unknown);
    const done = await queue.enqueue(known);
    queue.startWorker([{ kind: known, run: () => Promise.resolve() }]);
    await queue.waitForState(done, 'succeeded');
    expect(await queue.job(left)).toMatchObject({ state: 'queued', attempt: 0 });
  });

  it('does not begin a job before its time', async () => {
    const kind = queue.kind();
    const later = await queue.enqueue(kind, 'later');
    await queue.database.rows(`UPDATE jobs SET run_after = now() + interval '1 hour' WHERE id = $1`, [later]);
    const now = await queue.enqueue(kind, 'now');
    queue.startWorker([{ kind, run: () => Promise.resolve() }]);
    await queue.waitForState(now, 'succeeded');
    expect(await queue.job(later)).toMatchObject({ state: 'queued' });
  });
});
