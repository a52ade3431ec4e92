import {
  PermanentJobError,
  retryFailedJob,
  type JobHandler,
  type RunningJob,
  type StepProgress,
} from '@imgsrv/jobs';
import { DependencyUnavailableError } from '@imgsrv/platform';
import { waitFor } from '../support/wait-for.js';
import { Gate } from './gate.js';
import { type Note, TestQueue } from './test-queue.js';

const STEPS = [
  { name: 'measure', sequence: 10, timeLimit: { baseMs: 60_000 } },
  { name: 'cut', sequence: 20, timeLimit: { baseMs: 60_000 } },
  { name: 'glue', sequence: 30, timeLimit: { baseMs: 60_000 } },
] as const;

type StepName = (typeof STEPS)[number]['name'];

describe('steps', () => {
  let queue: TestQueue;

  beforeAll(async () => {
    queue = await TestQueue.open();
  });
  afterEach(() => queue.stopWorkers());
  afterAll(() => queue.close());

  /** Runs all steps in order, and `work` in each of them. */
  function carpenter(
    work: (name: StepName, job: RunningJob<Note>) => Promise<void>,
    maxAttempts = 3,
  ): JobHandler<Note> & { readonly begun: StepName[] } {
    const begun: StepName[] = [];
    return {
      begun,
      kind: queue.kind({ steps: STEPS, maxAttempts }),
      run: async (job) => {
        for (const { name } of STEPS) {
          await job.step(name, async () => {
            begun.push(name);
            await work(name, job);
          });
        }
      },
    };
  }

  it('are there, queued and in order, as soon as the job is', async () => {
    const id = await queue.enqueue(queue.kind({ steps: [...STEPS].reverse() }));
    expect((await queue.job(id)).steps).toMatchObject(
      STEPS.map(({ name, sequence }) => ({ name, sequence, state: 'queued', attemptCount: 0 })),
    );
  });

  it('are told to those who measure them, attempt by attempt', async () => {
    let cuts = 0;
    const handler = carpenter((name) =>
      name === 'cut' && ++cuts === 1 ? Promise.reject(new Error('a dull saw')) : Promise.resolve(),
    );
    const { observed } = queue.startWorker([handler]);
    await queue.waitForState(await queue.enqueue(handler.kind), 'succeeded');
    expect(observed.began).toEqual([handler.kind.name, handler.kind.name]);
    expect(observed.steps).toEqual([
      { step: 'measure', outcome: 'succeeded' },
      { step: 'cut', outcome: 'failed' },
      { step: 'cut', outcome: 'succeeded' },
      { step: 'glue', outcome: 'succeeded' },
    ]);
  });

  it('run once each, in order', async () => {
    const handler = carpenter(() => Promise.resolve());
    queue.startWorker([handler]);
    const { steps } = await queue.waitForState(await queue.enqueue(handler.kind), 'succeeded');
    expect(handler.begun).toEqual(['measure', 'cut', 'glue']);
    expect(steps).toMatchObject(
      STEPS.map(({ name }) => ({
        name,
        state: 'succeeded',
        attemptCount: 1,
        startedAt: expect.any(Date) as Date,
        finishedAt: expect.any(Date) as Date,
      })),
    );
  });

  it('go on at the first unfinished one after a failure that may pass', async () => {
    let failures = 2;
    const handler = carpenter(async (name) => {
      if (name === 'cut' && failures > 0) {
        failures -= 1;
        throw failures === 1 ? new DependencyUnavailableError('object-store') : new Error('blunt saw');
      }
      await Promise.resolve();
    });
    queue.startWorker([handler]);
    const { steps } = await queue.waitForState(await queue.enqueue(handler.kind), 'succeeded');
    expect(handler.begun).toEqual(['measure', 'cut', 'cut', 'cut', 'glue']);
    expect(steps.map(({ attemptCount }) => attemptCount)).toEqual([1, 3, 1]);
    expect(steps.every((step) => step.failureMessage === undefined)).toBe(true);
  });

  it('show why the last attempt failed while they wait for the next', async () => {
    const handler = carpenter((name) =>
      name === 'cut' ? Promise.reject(new DependencyUnavailableError('object-store')) : Promise.resolve(),
    );
    queue.startWorker([handler], { backoff: { firstMs: 600_000, longestMs: 600_000 } });
    const id = await queue.enqueue(handler.kind);
    await waitFor(async () => (await queue.job(id)).lastError !== undefined);
    expect((await queue.job(id)).steps).toMatchObject([
      { state: 'succeeded', attemptCount: 1 },
      { state: 'queued', attemptCount: 1, failureMessage: 'The object store is not reachable right now.' },
      { state: 'queued', attemptCount: 0 },
    ]);
  });

  it('fail with the job, and the later ones are never begun', async () => {
    const handler = carpenter((name) =>
      name === 'cut' ? Promise.reject(new PermanentJobError('The board is too short.')) : Promise.resolve(),
    );
    queue.startWorker([handler]);
    const job = await queue.waitForState(await queue.enqueue(handler.kind), 'failed');
    expect(job.lastError).toBe('The board is too short.');
    expect(job.steps).toMatchObject([
      { state: 'succeeded' },
      { state: 'failed', failureMessage: 'The board is too short.', finishedAt: expect.any(Date) as Date },
      { state: 'queued', attemptCount: 0 },
    ]);
    expect(handler.begun).toEqual(['measure', 'cut']);
  });

  it('go on at the failed one when the job is retried', async () => {
    let isShort = true;
    const handler = carpenter((name) =>
      name === 'cut' && isShort ? Promise.reject(new PermanentJobError('Too short.')) : Promise.resolve(),
    );
    queue.startWorker([handler]);
    const id = await queue.enqueue(handler.kind);
    await queue.waitForState(id, 'failed');
    isShort = false;
    await queue.database.transaction((tx) => retryFailedJob(tx, id));
    const { steps } = await queue.waitForState(id, 'succeeded');
    expect(handler.begun).toEqual(['measure', 'cut', 'cut', 'glue']);
    expect(steps.map(({ attemptCount }) => attemptCount)).toEqual([1, 2, 1]);
    expect(steps.every((step) => step.failureMessage === undefined)).toBe(true);
  });

  it('are finished by another worker at the one under way when the first worker died', async () => {
    const handler = carpenter(() => Promise.resolve());
    const id = await queue.enqueue(handler.kind);
    await queue.database.rows(
      `UPDATE jobs SET state = 'running', attempt = 1, lease_token = gen_random_uuid(), worker_id = 'dead',
              lease_expires_at = now() - interval '1 second', started_at = now() WHERE id = $1`,
      [id],
    );
    await queue.database.rows(
      `UPDATE job_steps SET attempt_count = 1, started_at = now(),
              state = CASE name WHEN 'measure' THEN 'succeeded' ELSE 'running' END,
              finished_at = CASE name WHEN 'measure' THEN now() END
        WHERE job_id = $1 AND name IN ('measure', 'cut')`,
      [id],
    );
    queue.startWorker([handler]);
    const { steps } = await queue.waitForState(id, 'succeeded');
    expect(handler.begun).toEqual(['cut', 'glue']);
    expect(steps.map(({ attemptCount }) => attemptCount)).toEqual([1, 2, 1]);
  });

  it('finish in the same transaction as the job when the last one completes it', async () => {
    const handler = carpenter((name, job) =>
      name === 'glue'
        ? job.complete(async (tx) => {
            await tx.rows('INSERT INTO effects (note) VALUES ($1)', [job.payload.note]);
          })
        : Promise.resolve(),
    );
    queue.startWorker([handler]);
    const { steps } = await queue.waitForState(await queue.enqueue(handler.kind, 'glued'), 'succeeded');
    expect(steps.every(({ state }) => state === 'succeeded')).toBe(true);
    expect(await queue.effects('glued')).toBe(1);
  });

  it('leave job and step unfinished when what completes them fails', async () => {
    const handler = carpenter(
      (name, job) =>
        name === 'glue'
          ? job.complete(async (tx) => {
              await tx.rows('INSERT INTO effects (note) VALUES ($1)', [job.payload.note]);
              throw new Error('no glue');
            })
          : Promise.resolve(),
      2,
    );
    queue.startWorker([handler]);
    const { steps } = await queue.waitForState(await queue.enqueue(handler.kind, 'unglued'), 'failed');
    expect(steps.map(({ state }) => state)).toEqual(['succeeded', 'succeeded', 'failed']);
    expect(await queue.effects('unglued')).toBe(0);
  });

  it('run although the job was queued by a release that did not have them', async () => {
    const handler = carpenter(() => Promise.resolve());
    const id = await queue.enqueue({ ...handler.kind, steps: STEPS.filter(({ name }) => name !== 'cut') });
    queue.startWorker([handler]);
    const { steps } = await queue.waitForState(id, 'succeeded');
    expect(handler.begun).toEqual(['measure', 'cut', 'glue']);
    expect(steps).toMatchObject(
      STEPS.map(({ name, sequence }) => ({ name, sequence, state: 'succeeded', attemptCount: 1 })),
    );
  });

  it('are there only once they are begun when they are optional', async () => {
    const kind = queue.kind({
      steps: STEPS.map((step) => (step.name === 'cut' ? { ...step, isOptional: true as const } : step)),
    });
    const id = await queue.enqueue(kind);
    expect((await queue.job(id)).steps.map(({ name }) => name)).toEqual(['measure', 'glue']);
    queue.startWorker([{ kind, run: (job) => job.step('cut', () => Promise.resolve()) }]);
    const { steps } = await queue.waitForState(id, 'succeeded');
    expect(steps.map(({ name, state }) => [name, state])).toContainEqual(['cut', 'succeeded']);
  });

  it('keep what they told last, once they have succeeded', async () => {
    const kind = queue.kind({ steps: [STEPS[0]] });
    let attempts = 0;
    const run = (job: RunningJob<Note>) =>
      job.step('measure', (step) => {
        step.tell('It is long.');
        if ((attempts += 1) === 1) return Promise.reject(new PermanentJobError('Where is it?'));
        step.tell('It is short.');
        return Promise.resolve();
      });
    queue.startWorker([{ kind, run }]);
    const id = await queue.enqueue(kind);
    const { steps: failed } = await queue.waitForState(id, 'failed');
    expect(failed[0]?.detail).toBeUndefined();
    await queue.database.transaction((tx) => retryFailedJob(tx, id));
    const { steps } = await queue.waitForState(id, 'succeeded');
    expect(steps[0]?.detail).toBe('It is short.');
  });

  it('fail the attempt when nobody declared them', async () => {
    const kind = queue.kind({ steps: STEPS, maxAttempts: 1 });
    const paint = jest.fn(() => Promise.resolve());
    queue.startWorker([{ kind, run: (job) => job.step('paint', paint) }]);
    await queue.waitForState(await queue.enqueue(kind), 'failed');
    expect(paint).not.toHaveBeenCalled();
  });

  it('show their progress, and the last of it in the end', async () => {
    const kind = queue.kind({ steps: [STEPS[0]] });
    const gate = new Gate();
    const report: { progress?: (progress: StepProgress) => void } = {};
    const run = (job: RunningJob<Note>) =>
      job.step('measure', async (step) => {
        report.progress = (progress) => {
          step.reportProgress(progress);
        };
        await gate.passed();
      });
    queue.startWorker([{ kind, run }]);
    const id = await queue.enqueue(kind);
    await waitFor(() => report.progress);
    let doneBytes = 0;
    const shown = await waitFor(async () => {
      report.progress?.({ doneBytes: (doneBytes += 1), totalBytes: 1_000_000 });
      return (await queue.job(id)).steps[0]?.progress;
    });
    expect(shown.totalBytes).toBe(1_000_000);
    report.progress?.({ doneBytes: 999_999, totalBytes: 1_000_000 });
    gate.open();
    const { steps } = await queue.waitForState(id, 'succeeded');
    expect(steps[0]?.progress).toEqual({ doneBytes: 999_999, totalBytes: 1_000_000 });
  });
});
