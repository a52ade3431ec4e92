import {
  cancelJob,
  JobNotFailedError,
  JobOverError,
  PermanentJobError,
  retryFailedJob,
  type RunningJob,
} from '@imgsrv/jobs';
import { DependencyUnavailableError, ImgsrvError, type Transaction } from '@imgsrv/platform';
import { waitFor } from '../support/wait-for.js';
import { type Note, TestQueue } from './test-queue.js';

class UnreadableImageError extends ImgsrvError {
  readonly code = 'unreadable-image';
}

describe('jobs that fail', () => {
  let queue: TestQueue;

  beforeAll(async () => {
    queue = await TestQueue.open();
  });
  afterEach(() => queue.stopWorkers());
  afterAll(() => queue.close());

  async function recordReason(tx: Transaction, { note }: Note, reason: string): Promise<void> {
    await tx.rows('INSERT INTO effects (note) VALUES ($1)', [`${note}: ${reason}`]);
  }

  describe('for a reason that may pass', () => {
    it('are tried again, and succeed', async () => {
      const kind = queue.kind();
      const attempts: number[] = [];
      const run = async (job: RunningJob<Note>) => {
        attempts.push(job.attempt);
        if (job.attempt < 3) throw new Error('not yet');
        await Promise.resolve();
      };
      const onFailed = jest.fn(recordReason);
      const worker = queue.startWorker([{ kind, run, onFailed }]);
      const id = await queue.enqueue(kind);
      expect(await queue.waitForState(id, 'succeeded')).toMatchObject({ attempt: 3 });
      expect(attempts).toEqual([1, 2, 3]);
      expect(worker.observed.ended.map(({ outcome }) => outcome)).toEqual([
        'retried',
        'retried',
        'succeeded',
      ]);
      expect(onFailed).not.toHaveBeenCalled();
    });

    it.each([
      { attempt: 1, leastMs: 50_000, mostMs: 100_000 },
      { attempt: 2, leastMs: 100_000, mostMs: 200_000 },
      { attempt: 3, leastMs: 150_000, mostMs: 300_000 },
      { attempt: 8, leastMs: 150_000, mostMs: 300_000 },
    ])('wait $leastMs to $mostMs ms after attempt $attempt', async ({ attempt, leastMs, mostMs }) => {
      const kind = queue.kind({ maxAttempts: 20 });
      const id = attempt === 1 ? await queue.enqueue(kind) : await queue.insertAbandoned(kind, attempt - 1);
      const run = jest.fn(() => Promise.reject(new Error('not now')));
      queue.startWorker([{ kind, run }], { backoff: { firstMs: 100_000, longestMs: 300_000 } });
      await waitFor(() => run.mock.calls.length > 0, { what: 'the attempt' });
      expect(await queue.waitForState(id, 'queued')).toMatchObject({ attempt });
      const { delay_ms } = await queue.row(id);
      expect(Number(delay_ms)).toBeGreaterThanOrEqual(leastMs);
      expect(Number(delay_ms)).toBeLessThanOrEqual(mostMs);
    });

    it('end as failed at the last attempt, and the domain hears of it once', async () => {
      const kind = queue.kind({ maxAttempts: 2 });
      const run = jest.fn(() => Promise.reject(new UnreadableImageError('The image cannot be read.')));
      queue.startWorker([{ kind, run, onFailed: recordReason }]);
      const id = await queue.enqueue(kind, 'unreadable');
      expect(await queue.waitForState(id, 'failed')).toMatchObject({
        attempt: 2,
        lastError: 'The image cannot be read.',
        finishedAt: expect.any(Date) as Date,
      });
      expect(run).toHaveBeenCalledTimes(2);
      expect(await queue.effects('unreadable: The image cannot be read.')).toBe(1);
    });

    it('show nothing of an error that is not ours', async () => {
      const kind = queue.kind({ maxAttempts: 2 });
      const seen: (string | undefined)[] = [];
      const run = async (job: RunningJob<Note>) => {
        seen.push((await queue.job(job.id)).lastError);
        throw new Error('password=hunter2 at bucket-7/blobs/sha256/aa', {
          cause: new Error('SELECT secret'),
        });
      };
      queue.startWorker([{ kind, run, onFailed: recordReason }]);
      const id = await queue.enqueue(kind, 'internal');
      const generic = 'An internal error, described in the log of the worker.';
      expect((await queue.waitForState(id, 'failed')).lastError).toBe(generic);
      expect(seen).toEqual([undefined, generic]);
      expect(await queue.effects(`internal: ${generic}`)).toBe(1);
    });
  });

  describe('because a dependency is down', () => {
    it('lose no attempt, however often', async () => {
      const kind = queue.kind({ maxAttempts: 2 });
      let outages = 6;
      const attempts: number[] = [];
      const run = async (job: RunningJob<Note>) => {
        attempts.push(job.attempt);
        outages -= 1;
        if (outages >= 0)
          throw new DependencyUnavailableError('object-store', { cause: new Error('10.0.0.7') });
        await Promise.resolve();
      };
      const onFailed = jest.fn(recordReason);
      queue.startWorker([{ kind, run, onFailed }]);
      const id = await queue.enqueue(kind);
      const job = await queue.waitForState(id, 'succeeded');
      expect(job).toMatchObject({ attempt: 1, lastError: 'The object store is not reachable right now.' });
      expect(attempts).toEqual([1, 1, 1, 1, 1, 1, 1]);
      expect(onFailed).not.toHaveBeenCalled();
    });
  });

  describe('for good', () => {
    it('fail at the first attempt with the reason, for the domain as well', async () => {
      const kind = queue.kind({ maxAttempts: 5 });
      const run = jest.fn(() => Promise.reject(new PermanentJobError('The version has no artifact.')));
      queue.startWorker([{ kind, run, onFailed: recordReason }]);
      const id = await queue.enqueue(kind, 'permanent');
      expect(await queue.waitForState(id, 'failed')).toMatchObject({
        attempt: 1,
        lastError: 'The version has no artifact.',
      });
      expect(run).toHaveBeenCalledTimes(1);
      expect(await queue.effects('permanent: The version has no artifact.')).toBe(1);
    });

    it('do not fail without the domain: both are one transaction', async () => {
      const kind = queue.kind({ maxAttempts: 5 });
      const onFailed = async (tx: Transaction, payload: Note, reason: string) => {
        await recordReason(tx, payload, reason);
        throw new Error('the domain cannot record it now');
      };
      const worker = queue.startWorker([
        { kind, run: () => Promise.reject(new PermanentJobError('Refused.')), onFailed },
      ]);
      const id = await queue.enqueue(kind, 'unrecorded');
      await waitFor(() => worker.observed.ended.length === 1);
      expect(await queue.job(id)).toMatchObject({ state: 'running' });
      expect(await queue.effects('unrecorded: Refused.')).toBe(0);
    });
  });

  describe('by killing their worker', () => {
    it('end as failed with a reason once their attempts are used up, and do not run again', async () => {
      const kind = queue.kind({ maxAttempts: 3 });
      const id = await queue.insertAbandoned(kind, 3, 'poison');
      const run = jest.fn(() => Promise.resolve());
      queue.startWorker([{ kind, run, onFailed: recordReason }]);
      const reason = 'Gave up after 3 attempts: the worker stopped or lost its lease each time.';
      expect(await queue.waitForState(id, 'failed')).toMatchObject({ lastError: reason });
      expect(run).not.toHaveBeenCalled();
      expect(await queue.effects(`poison: ${reason}`)).toBe(1);
    });

    it('have their last attempt', async () => {
      const kind = queue.kind({ maxAttempts: 3 });
      const id = await queue.insertAbandoned(kind, 2);
      queue.startWorker([{ kind, run: () => Promise.resolve() }]);
      expect(await queue.waitForState(id, 'succeeded')).toMatchObject({ attempt: 3 });
    });

    it('name the step that was under way as the failed one', async () => {
      const kind = queue.kind({
        maxAttempts: 1,
        steps: [{ name: 'one', sequence: 1, timeLimit: { baseMs: 60_000 } }],
      });
      const id = await queue.enqueue(kind);
      await queue.database.rows(
        `UPDATE jobs SET state = 'running', attempt = 1, lease_token = gen_random_uuid(), worker_id = 'dead',
                lease_expires_at = now() - interval '1 second', started_at = now() WHERE id = $1`,
        [id],
      );
      await queue.database.rows(
        `UPDATE job_steps SET state = 'running', attempt_count = 1, started_at = now() WHERE job_id = $1`,
        [id],
      );
      queue.startWorker([{ kind, run: () => Promise.resolve() }]);
      const job = await queue.waitForState(id, 'failed');
      expect(job.steps).toMatchObject([{ state: 'failed', failureMessage: job.lastError }]);
    });
  });

  it('fail without the domain when nobody can read their payload', async () => {
    const kind = queue.kind({ maxAttempts: 2 });
    const id = await queue.enqueue(kind);
    await queue.database.rows(`UPDATE jobs SET payload = '{"note": 7}' WHERE id = $1`, [id]);
    const run = jest.fn(() => Promise.resolve());
    const onFailed = jest.fn(() => Promise.resolve());
    queue.startWorker([{ kind, run, onFailed }]);
    expect(await queue.waitForState(id, 'failed')).toMatchObject({ attempt: 2 });
    expect(run).not.toHaveBeenCalled();
    expect(onFailed).not.toHaveBeenCalled();
  });

  describe('once they have', () => {
    const retry = (id: Parameters<typeof retryFailedJob>[1]) =>
      queue.database.transaction((tx) => retryFailedJob(tx, id));
    const cancel = (id: Parameters<typeof cancelJob>[1]) =>
      queue.database.transaction((tx) => cancelJob(tx, id));

    it('can be tried again with all their attempts, at once', async () => {
      const kind = queue.kind({ maxAttempts: 2 });
      let isBroken = true;
      const run = () => (isBroken ? Promise.reject(new Error('broken')) : Promise.resolve());
      queue.startWorker([{ kind, run }], { pollIntervalMs: 600_000, backoff: { firstMs: 0, longestMs: 0 } });
      const id = await queue.enqueue(kind);
      await queue.waitForState(id, 'failed');
      isBroken = false;
      await retry(id);
      expect(await queue.waitForState(id, 'succeeded')).toMatchObject({ attempt: 1 });
    });

    it('can be canceled, once, and are never run again', async () => {
      const kind = queue.kind({ maxAttempts: 1 });
      const run = jest.fn(() => Promise.reject(new Error('broken')));
      queue.startWorker([{ kind, run }]);
      const id = await queue.enqueue(kind);
      await queue.waitForState(id, 'failed');
      await cancel(id);
      expect(await queue.job(id)).toMatchObject({ state: 'canceled' });
      await expect(cancel(id)).rejects.toThrow(JobOverError);
      await expect(retry(id)).rejects.toThrow(JobNotFailedError);
      expect(run).toHaveBeenCalledTimes(1);
    });

    it('are tried again once and canceled once, when all of it is asked at the same time', async () => {
      const kind = queue.kind({ maxAttempts: 1 });
      const worker = queue.startWorker([{ kind, run: () => Promise.reject(new Error('broken')) }]);
      const id = await queue.enqueue(kind);
      await queue.waitForState(id, 'failed');
      await worker.stop();
      const results = await Promise.allSettled([retry(id), cancel(id), retry(id), cancel(id)]);
      const [retried, canceled] = [0, 1].map(
        (at) => results.filter(({ status }, index) => index % 2 === at && status === 'fulfilled').length,
      );
      // A retry may come before the cancel; nothing may come after it.
      expect([retried, canceled]).toEqual([expect.any(Number), 1]);
      expect(retried).toBeLessThanOrEqual(1);
      expect(await queue.job(id)).toMatchObject({ state: 'canceled' });
    });
  });

  it.each(['queued', 'running', 'succeeded'] as const)('refuses to retry a %s job', async (state) => {
    const kind = queue.kind();
    const id = state === 'running' ? await queue.insertAbandoned(kind, 1) : await queue.enqueue(kind);
    if (state === 'succeeded') {
      queue.startWorker([{ kind, run: () => Promise.resolve() }]);
      await queue.waitForState(id, 'succeeded');
    }
    const refused = queue.database.transaction((tx) => retryFailedJob(tx, id));
    await expect(refused).rejects.toMatchObject({
      code: 'job-not-failed',
      members: { current_state: state },
    });
    expect(await queue.job(id)).toMatchObject({ state });
  });
});
