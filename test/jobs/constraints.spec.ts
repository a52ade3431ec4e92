import type { JobId } from '@imgsrv/jobs';
import { TestQueue } from './test-queue.js';

/** Assignments that make a queued job a running one, with one worker and lease. */
const RUNNING = `state = 'running', attempt = 1, lease_token = gen_random_uuid(), worker_id = 'w',
  lease_expires_at = now(), started_at = now()`;

describe('the database refuses a job', () => {
  let queue: TestQueue;
  let id: JobId;

  beforeAll(async () => {
    queue = await TestQueue.open();
  });
  beforeEach(async () => {
    id = await queue.enqueue(
      queue.kind({ steps: [{ name: 'one', sequence: 1, timeLimit: { baseMs: 60_000 } }] }),
    );
  });
  afterAll(() => queue.close());

  it.each([
    { what: 'that runs without a lease token', set: `${RUNNING}, lease_token = NULL` },
    { what: 'that runs without an end of its lease', set: `${RUNNING}, lease_expires_at = NULL` },
    { what: 'that runs without a worker', set: `${RUNNING}, worker_id = NULL` },
    { what: 'that runs without an attempt', set: `${RUNNING}, attempt = 0` },
    { what: 'that runs without a start', set: `${RUNNING}, started_at = NULL` },
    { what: 'that runs and is finished', set: `${RUNNING}, finished_at = now()` },
    { what: 'that waits with a lease token', set: 'lease_token = gen_random_uuid()' },
    { what: 'that waits with an end of a lease', set: 'lease_expires_at = now()' },
    { what: 'that waits with a worker', set: `worker_id = 'w'` },
    { what: 'that waits and is finished', set: 'finished_at = now()' },
    { what: 'that succeeded without an end', set: `state = 'succeeded'` },
    {
      what: 'that succeeded and keeps a worker',
      set: `state = 'succeeded', finished_at = now(), worker_id = 'w'`,
    },
    { what: 'that failed without a reason', set: `state = 'failed', finished_at = now()` },
    { what: 'that failed without an end', set: `state = 'failed', last_error = 'why'` },
    { what: 'that was canceled without an end', set: `state = 'canceled'` },
    { what: 'in a state that is none', set: `state = 'paused'` },
    { what: 'with a negative attempt', set: 'attempt = -1' },
    { what: 'that may never be tried', set: 'max_attempts = 0' },
    { what: 'without a kind', set: `kind = ''` },
  ])('$what', async ({ set }) => {
    const columns = lastOfEach(set);
    await expect(queue.database.rows(`UPDATE jobs SET ${columns} WHERE id = $1`, [id])).rejects.toThrow(
      'violates check constraint',
    );
  });

  it.each([
    { what: 'a second step of one name', values: `'one', 2, 'queued', NULL, NULL, NULL, NULL` },
    { what: 'a second step at one place', values: `'two', 1, 'queued', NULL, NULL, NULL, NULL` },
    { what: 'a step that succeeded without an end', values: `'two', 2, 'succeeded', NULL, NULL, NULL, NULL` },
    { what: 'a step that waits and is finished', values: `'two', 2, 'queued', now(), NULL, NULL, NULL` },
    { what: 'a step that failed without a reason', values: `'two', 2, 'failed', now(), NULL, NULL, NULL` },
    { what: 'a step in a state that is none', values: `'two', 2, 'paused', NULL, NULL, NULL, NULL` },
    { what: 'a step with half a progress', values: `'two', 2, 'running', NULL, NULL, 1, NULL` },
    { what: 'a step that did more than there is', values: `'two', 2, 'running', NULL, NULL, 2, 1` },
    { what: 'a step that did less than nothing', values: `'two', 2, 'running', NULL, NULL, -1, 1` },
    { what: 'a step before the first place', values: `'two', 0, 'queued', NULL, NULL, NULL, NULL` },
  ])('with $what', async ({ values }) => {
    const insert = queue.database.rows(
      `INSERT INTO job_steps (job_id, name, sequence, state, finished_at, failure_message, progress_done_bytes,
         progress_total_bytes) VALUES ($1, ${values})`,
      [id],
    );
    await expect(insert).rejects.toThrow(/violates (check|unique) constraint/);
  });

  it('that is a second singleton of one key', async () => {
    const kind = queue.kind();
    await queue.enqueue(kind, 'first', { singletonKey: 'one' });
    const second = queue.database.rows(
      `INSERT INTO jobs (kind, payload, max_attempts, singleton_key) VALUES ($1, '{}', 1, 'one')`,
      [kind.name],
    );
    await expect(second).rejects.toThrow('violates unique constraint "jobs_singleton"');
  });

  it('but accepts what a worker writes', async () => {
    await queue.database.rows(`UPDATE jobs SET ${RUNNING} WHERE id = $1`, [id]);
    expect(await queue.job(id)).toMatchObject({ state: 'running' });
  });
});

/** SQL allows each column once: a later assignment replaces an earlier one. */
function lastOfEach(assignments: string): string {
  const byColumn = new Map(assignments.split(',').map((each) => [each.split('=')[0]?.trim(), each]));
  return [...byColumn.values()].join(',');
}
