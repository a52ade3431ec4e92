import { cancelJob, JobTimedOutError, type RunningJob } from '@imgsrv/jobs';
import { waitFor } from '../support/wait-for.js';
import { Gate } from './gate.js';
import { defined, type Note, TestQueue } from './test-queue.js';

const NEVER = new Promise<void>(() => undefined);
const STALL = { stallMs: 300, abandonMs: 100 };
const PATIENT = { stallMs: 60_000, abandonMs: 100 };
const ONE_STEP = [{ name: 'one', sequence: 1, timeLimit: { baseMs: 300 } }];

describe('a job that never ends', () => {
  let queue: TestQueue;

  beforeAll(async () => {
    queue = await TestQueue.open();
  });
  afterEach(() => queue.stopWorkers());
  afterAll(() => queue.close());

  async function leaveEffect(job: RunningJob<Note>): Promise<void> {
    await job.fenced(async (tx) => {
      await tx.rows('INSERT INTO effects (note) VALUES ($1)', [job.payload.note]);
    });
  }

  it.each([
    { what: 'without steps', kind: { timeLimit: { baseMs: 300 } }, words: 'The job took longer than' },
    { what: 'in a step', kind: { steps: ONE_STEP }, words: 'The step one took longer than' },
  ])('$what is aborted at its time limit, counts, and fails with words', async ({ kind: given, words }) => {
    const kind = queue.kind({ ...given, maxAttempts: 2 });
    const reasons: unknown[] = [];
    const hang = (job: RunningJob<Note>) =>
      new Gate().passed(job.signal).catch((reason: unknown) => {
        reasons.push(reason);
        throw reason;
      });
    const run = (job: RunningJob<Note>) =>
      kind.steps.length === 0 ? hang(job) : job.step('one', () => hang(job));
    const worker = queue.startWorker([{ kind, run }], { watch: PATIENT });
    const job = await queue.waitForState(await queue.enqueue(kind), 'failed');
    expect(job).toMatchObject({ attempt: 2, lastError: expect.stringContaining(words) as string });
    expect(reasons).toEqual([expect.any(JobTimedOutError), expect.any(JobTimedOutError)]);
    expect(worker.observed.ended.map(({ outcome }) => outcome)).toEqual(['retried', 'failed']);
    expect(worker.observed.breakers).toEqual([]);
  });

  it('may take longer for more bytes', async () => {
    const kind = queue.kind({ timeLimit: { baseMs: 200, minBytesPerSecond: 1000 }, maxAttempts: 1 });
    const beganAtMs = performance.now();
    const run = (job: RunningJob<Note>) => {
      job.expectBytes(1000);
      return new Gate().passed(job.signal);
    };
    queue.startWorker([{ kind, run }], { watch: PATIENT });
    await queue.waitForState(await queue.enqueue(kind), 'failed');
    expect(performance.now() - beganAtMs).toBeGreaterThan(1200);
  });

  it('is aborted when it comes no further, and not as long as it does', async () => {
    const kind = queue.kind({
      steps: [{ name: 'one', sequence: 1, timeLimit: { baseMs: 60_000 } }],
      maxAttempts: 1,
    });
    let abortedAtMs = 0;
    const run = (job: RunningJob<Note>) =>
      job.step('one', async (step) => {
        const startedAtMs = performance.now();
        // The same progress again and again is none.
        const timer = setInterval(() => {
          const doneBytes = Math.min(1000, performance.now() - startedAtMs);
          step.reportProgress({ doneBytes: Math.floor(doneBytes), totalBytes: 1000 });
        }, 20);
        await new Gate().passed(job.signal).finally(() => {
          clearInterval(timer);
          abortedAtMs = performance.now() - startedAtMs;
        });
      });
    queue.startWorker([{ kind, run }], { watch: STALL });
    const job = await queue.waitForState(await queue.enqueue(kind), 'failed');
    expect(job.lastError).toMatch(/^The step one made no progress for 300 ms/);
    expect(abortedAtMs).toBeGreaterThan(1200);
  });

  it('gives its slot and its lease back although its handler ignores the signal, and writes nothing later', async () => {
    const kind = queue.kind({ timeLimit: { baseMs: 200 }, maxAttempts: 2 });
    const late = new Gate();
    const results: unknown[] = [];
    const run = async (job: RunningJob<Note>) => {
      if (job.payload.note === 'good') return;
      await late.passed();
      await leaveEffect(job).catch((error: unknown) => results.push(error));
    };
    const worker = queue.startWorker([{ kind, run }], { watch: PATIENT, concurrency: 1 });
    const id = await queue.enqueue(kind, 'deaf');
    const good = await queue.enqueue(kind, 'good');
    await queue.waitForState(good, 'succeeded');
    expect(await queue.waitForState(id, 'failed')).toMatchObject({ attempt: 2 });
    late.open();
    await waitFor(() => results.length === 2);
    expect(results).toEqual([
      expect.objectContaining({ code: 'lease-lost' }),
      expect.objectContaining({ code: 'lease-lost' }),
    ]);
    expect(await queue.effects('deaf')).toBe(0);
    expect(worker.observed.ended.map(({ outcome }) => outcome).sort()).toEqual([
      'failed',
      'retried',
      'succeeded',
    ]);
  });

  it('does not keep a worker from stopping although its handler ignores the signal', async () => {
    const kind = queue.kind();
    const worker = queue.startWorker([{ kind, run: () => NEVER }], { watch: PATIENT });
    const id = await queue.enqueue(kind);
    await queue.waitForState(id, 'running');
    await worker.stop(0);
    expect(await queue.job(id)).toMatchObject({ state: 'queued', attempt: 0 });
  });

  it('shows since when it has come no further', async () => {
    const kind = queue.kind();
    queue.startWorker([{ kind, run: () => NEVER }], { watch: PATIENT, leaseMs: 900 });
    const id = await queue.enqueue(kind);
    await queue.waitForState(id, 'running');
    await waitFor(async () => {
      const [row] = await queue.database.rows<{ stalled: boolean }>(
        `SELECT progressed_at < now() - interval '1 second' AND lease_expires_at > now() AS stalled
           FROM jobs WHERE id = $1`,
        [id],
      );
      return row?.stalled === true;
    });
  });

  describe('is canceled', () => {
    const cancel = (id: Parameters<typeof cancelJob>[1]) =>
      queue.database.transaction((tx) => cancelJob(tx, id));

    it('at once while it runs, writes nothing more, and is not begun again', async () => {
      const kind = queue.kind({
        steps: ONE_STEP.map((step) => ({ ...step, timeLimit: { baseMs: 60_000 } })),
      });
      const reasons: unknown[] = [];
      const run = (job: RunningJob<Note>) =>
        job.step('one', async () => {
          await new Gate().passed(job.signal).catch((reason: unknown) => reasons.push(reason));
          await leaveEffect(job);
        });
      const onFailed = jest.fn(() => Promise.resolve());
      // Neither a renewal of the lease nor a poll explains that the worker hears of it.
      const worker = queue.startWorker([{ kind, run, onFailed }], {
        leaseMs: 600_000,
        pollIntervalMs: 600_000,
      });
      const id = await queue.enqueue(kind, 'canceled');
      await waitFor(async () => (await queue.job(id)).steps[0]?.state === 'running');
      expect(await cancel(id)).toBe('running');
      await waitFor(() => worker.observed.ended.length === 1);
      expect(worker.observed.ended).toEqual([{ kind: kind.name, outcome: 'canceled' }]);
      expect(reasons).toEqual([expect.objectContaining({ isCanceled: true })]);
      expect(await queue.effects('canceled')).toBe(0);
      expect(onFailed).not.toHaveBeenCalled();
      const job = await queue.job(id);
      expect(job).toMatchObject({ state: 'canceled', steps: [{ state: 'queued' }] });
      expect(defined(job.finishedAt)).toBeInstanceOf(Date);
      await expect(cancel(id)).rejects.toMatchObject({
        code: 'job-over',
        members: { current_state: 'canceled' },
      });
    });

    it('before it is begun, and never is', async () => {
      const kind = queue.kind();
      const id = await queue.enqueue(kind);
      expect(await cancel(id)).toBe('queued');
      const run = jest.fn(() => Promise.resolve());
      queue.startWorker([{ kind, run }]);
      await queue.waitForState(await queue.enqueue(kind), 'succeeded');
      expect(run).toHaveBeenCalledTimes(1);
    });

    it('or finished, when both are done at the same time: exactly one wins', async () => {
      const kind = queue.kind();
      const gate = new Gate();
      const worker = queue.startWorker(
        [
          {
            kind,
            run: async (job) => {
              await gate.passed();
              await job.complete((tx) =>
                tx.rows('INSERT INTO effects (note) VALUES ($1)', [job.payload.note]).then(() => undefined),
              );
            },
          },
        ],
        { concurrency: 10 },
      );
      const notes = Array.from({ length: 10 }, (_, index) => `race-${index}`);
      const ids = await Promise.all(notes.map((note) => queue.enqueue(kind, note)));
      await Promise.all(ids.map((id) => queue.waitForState(id, 'running')));
      gate.open();
      const canceled = await Promise.allSettled(ids.map(cancel));
      await waitFor(() => worker.observed.ended.length === ids.length);
      for (const [at, id] of ids.entries()) {
        const isCanceled = canceled[at]?.status === 'fulfilled';
        expect((await queue.job(id)).state).toBe(isCanceled ? 'canceled' : 'succeeded');
        expect(await queue.effects(notes[at] ?? '')).toBe(isCanceled ? 0 : 1);
      }
    });

    it('but not once it succeeded', async () => {
      const kind = queue.kind();
      queue.startWorker([{ kind, run: () => Promise.resolve() }]);
      const id = await queue.enqueue(kind);
      await queue.waitForState(id, 'succeeded');
      await expect(cancel(id)).rejects.toMatchObject({
        code: 'job-over',
        members: { current_state: 'succeeded' },
      });
    });
  });
});
