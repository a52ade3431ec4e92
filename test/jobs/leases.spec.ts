import { LeaseLostError, type RunningJob } from '@imgsrv/jobs';
import { waitFor } from '../support/wait-for.js';
import { DatabaseLink } from '../support/database-link.js';
import { Gate } from './gate.js';
import { defined, type Note, TestQueue } from './test-queue.js';

/** The lease of jobs whose lease has to run out. */
const SHORT_LEASE_MS = 900;

describe('leases', () => {
  let queue: TestQueue;

  beforeAll(async () => {
    queue = await TestQueue.open();
  });
  afterEach(() => queue.stopWorkers());
  afterAll(() => queue.close());

  /** Gives the lease to somebody else, as a claim after its expiry would. */
  async function steal(id: string): Promise<void> {
    await queue.database.rows(
      `UPDATE jobs SET lease_token = gen_random_uuid(), worker_id = 'thief', attempt = attempt + 1,
              lease_expires_at = now() + interval '1 hour' WHERE id = $1`,
      [id],
    );
  }

  function leaveEffect(job: RunningJob<Note>) {
    return job.fenced(async (tx) => {
      await tx.rows('INSERT INTO effects (note) VALUES ($1)', [job.payload.note]);
    });
  }

  it('keeps a job that takes much longer than its lease', async () => {
    const kind = queue.kind();
    const gate = new Gate();
    const run = jest.fn<Promise<void>, [RunningJob<Note>]>(() => gate.passed());
    const id = await queue.enqueue(kind);
    queue.startWorker([{ kind, run }], { leaseMs: SHORT_LEASE_MS });
    queue.startWorker([{ kind, run }], { leaseMs: SHORT_LEASE_MS });
    const { lease_token } = await waitFor(async () => {
      const row = await queue.row(id);
      return row.lease_token === null ? undefined : row;
    });
    await waitFor(async () => {
      const { now } = await queue.row(id);
      const { startedAt } = await queue.job(id);
      return now.getTime() - defined(startedAt).getTime() > 2.5 * SHORT_LEASE_MS;
    });
    const row = await queue.row(id);
    expect(row.lease_token).toBe(lease_token);
    expect(defined(row.lease_expires_at).getTime()).toBeGreaterThan(row.now.getTime());
    gate.open();
    expect(await queue.waitForState(id, 'succeeded')).toMatchObject({ attempt: 1 });
    expect(run).toHaveBeenCalledTimes(1);
    expect(defined(run.mock.calls[0])[0].signal.aborted).toBe(false);
  });

  it('aborts the job when somebody else took it, and writes nothing more for it', async () => {
    const kind = queue.kind();
    const reasons: unknown[] = [];
    const run = async (job: RunningJob<Note>) => {
      await new Gate().passed(job.signal).catch((reason: unknown) => reasons.push(reason));
      await leaveEffect(job);
    };
    const onFailed = jest.fn(() => Promise.resolve());
    const worker = queue.startWorker([{ kind, run, onFailed }], { leaseMs: SHORT_LEASE_MS });
    const id = await queue.enqueue(kind, 'stolen');
    await queue.waitForState(id, 'running');
    await steal(id);

    await waitFor(() => worker.observed.ended.length === 1);
    expect(worker.observed.ended).toEqual([{ kind: kind.name, outcome: 'lease-lost' }]);
    expect(reasons).toEqual([expect.any(LeaseLostError)]);
    expect(await queue.effects('stolen')).toBe(0);
    expect(onFailed).not.toHaveBeenCalled();
    expect(await queue.row(id)).toMatchObject({ worker_id: 'thief' });
    expect(await queue.job(id)).not.toHaveProperty('lastError');
  });

  it.each([
    { what: 'a fenced transaction', write: leaveEffect },
    {
      what: 'a complete',
      write: (job: RunningJob<Note>) =>
        job.complete(async (tx) => {
          await tx.rows('INSERT INTO effects (note) VALUES ($1)', [job.payload.note]);
        }),
    },
    { what: 'a step', write: (job: RunningJob<Note>) => job.step('one', () => Promise.resolve()) },
  ])('rejects $what of a job that somebody else took, before the worker notices', async ({ what, write }) => {
    const kind = queue.kind({ steps: [{ name: 'one', sequence: 1, timeLimit: { baseMs: 60_000 } }] });
    const errors: unknown[] = [];
    const run = async (job: RunningJob<Note>) => {
      await steal(job.id);
      await write(job).catch((error: unknown) => errors.push(error));
    };
    const worker = queue.startWorker([{ kind, run }]);
    const id = await queue.enqueue(kind, what);
    await waitFor(() => worker.observed.ended.length === 1);
    expect(errors).toEqual([expect.any(LeaseLostError)]);
    expect(worker.observed.ended[0]?.outcome).toBe('lease-lost');
    expect(await queue.effects(what)).toBe(0);
    expect(await queue.job(id)).toMatchObject({
      state: 'running',
      steps: [{ state: 'queued', attemptCount: 0 }],
    });
  });

  it('hands a job with an expired lease to another worker, and counts the lost attempt', async () => {
    const kind = queue.kind();
    const attempts: number[] = [];
    const id = await queue.insertAbandoned(kind, 1);
    queue.startWorker([{ kind, run: async (job) => void attempts.push(await Promise.resolve(job.attempt)) }]);
    expect(await queue.waitForState(id, 'succeeded')).toMatchObject({ attempt: 2 });
    expect(attempts).toEqual([2]);
  });

  it('leaves a job alone whose lease has not expired', async () => {
    const kind = queue.kind();
    const held = await queue.insertAbandoned(kind, 1);
    await queue.database.rows(`UPDATE jobs SET lease_expires_at = now() + interval '1 hour' WHERE id = $1`, [
      held,
    ]);
    queue.startWorker([{ kind, run: () => Promise.resolve() }]);
    await queue.waitForState(await queue.enqueue(kind), 'succeeded');
    expect(await queue.row(held)).toMatchObject({ worker_id: 'dead' });
  });

  it('takes no job over while a transaction fenced by its lease is open', async () => {
    const kind = queue.kind();
    const inside = new Gate();
    const leave = new Gate();
    const run = async (job: RunningJob<Note>) => {
      await queue.database.rows(
        `UPDATE jobs SET lease_expires_at = now() - interval '1 second' WHERE id = $1`,
        [job.id],
      );
      await job.fenced(async (tx) => {
        inside.open();
        await leave.passed();
        await tx.rows('INSERT INTO effects (note) VALUES ($1)', [job.payload.note]);
      });
    };
    const first = queue.startWorker([{ kind, run }], { concurrency: 1 });
    const id = await queue.enqueue(kind, 'fenced');
    await inside.passed();
    const other = queue.kind();
    const second = jest.fn(() => Promise.resolve());
    queue.startWorker([
      { kind, run: second },
      { kind: other, run: () => Promise.resolve() },
    ]);
    await queue.waitForState(await queue.enqueue(other), 'succeeded');
    expect(second).not.toHaveBeenCalled();
    leave.open();
    await queue.waitForState(id, 'succeeded');
    expect(await queue.effects('fenced')).toBe(1);
    await waitFor(() => first.observed.ended.length === 1);
  });

  it('keeps the other jobs of a worker while one of them holds a transaction open', async () => {
    const kind = queue.kind();
    const holding = new Gate();
    const gate = new Gate();
    const aborted: string[] = [];
    const run = async (job: RunningJob<Note>) => {
      job.signal.addEventListener('abort', () => aborted.push(job.payload.note));
      if (job.payload.note === 'holds') {
        await job.fenced(async () => {
          holding.open();
          await gate.passed();
        });
      } else {
        await gate.passed();
      }
    };
    queue.startWorker([{ kind, run }], { leaseMs: SHORT_LEASE_MS });
    await queue.enqueue(kind, 'holds');
    await holding.passed();
    const other = await queue.enqueue(kind, 'other');
    await waitFor(async () => {
      const { startedAt } = await queue.job(other);
      const { now } = await queue.row(other);
      return startedAt !== undefined && now.getTime() - startedAt.getTime() > 2 * SHORT_LEASE_MS;
    });
    expect(aborted).not.toContain('other');
    gate.open();
    expect(await queue.waitForState(other, 'succeeded')).toMatchObject({ attempt: 1 });
  });

  describe('on a link to the database that freezes', () => {
    it('gives the job to one worker, and the frozen one writes nothing late', async () => {
      const link = await DatabaseLink.open(queue.url);
      const far = queue.connect(link.url);
      await far.start();
      const kind = queue.kind();
      const go = new Gate();
      const signals: AbortSignal[] = [];
      const slow = async (job: RunningJob<Note>) => {
        signals.push(job.signal);
        await go.passed();
        await leaveEffect(job);
      };
      const frozen = queue.startWorker([{ kind, run: slow }], { leaseMs: SHORT_LEASE_MS }, far);
      const id = await queue.enqueue(kind, 'once');
      await queue.waitForState(id, 'running');
      link.freeze();
      // Told before the lease is over by the database's clock, though nothing says that it is lost.
      await waitFor(() => signals[0]?.aborted === true, {
        timeoutMs: 2 * SHORT_LEASE_MS,
        what: 'the frozen worker to count its lease as lost',
      });
      queue.startWorker([{ kind, run: leaveEffect }], { leaseMs: SHORT_LEASE_MS });
      expect(await queue.waitForState(id, 'succeeded')).toMatchObject({ attempt: 2 });
      link.thaw();
      go.open();
      await waitFor(() => frozen.observed.ended.length === 1);
      expect(frozen.observed.ended[0]?.outcome).toBe('lease-lost');
      expect(await queue.effects('once')).toBe(1);
      await frozen.stop(0);
      await far.close();
      await link.close();
    });
  });
});
