import type { RunningJob } from '@imgsrv/jobs';
import { DependencyUnavailableError, FailedStatementError, ImgsrvError } from '@imgsrv/platform';
import { inspect } from 'node:util';
import { waitFor } from '../support/wait-for.js';
import { Gate } from './gate.js';
import { type Note, TestQueue } from './test-queue.js';

const FAILURES = 3;
const SECRET = 'value-of-the-caller';

class OddlyNamedError extends ImgsrvError {
  readonly code = 'oddly-named';
}

describe('a poisoned job', () => {
  let queue: TestQueue;

  beforeAll(async () => {
    queue = await TestQueue.open();
    await queue.database.rows('CREATE TABLE numbers (number integer UNIQUE CHECK (number < 10), text jsonb)');
    await queue.database.rows('INSERT INTO numbers VALUES (1)');
  });
  afterEach(() => queue.stopWorkers());
  afterAll(() => queue.close());

  const options = {
    concurrency: 1,
    pollIntervalMs: 50,
    breaker: { failures: FAILURES, cooldownMs: 600_000 },
  };

  it.each([
    {
      what: 'an unpaired surrogate',
      sql: 'INSERT INTO numbers (text) VALUES ($1::jsonb)',
      value: '"\\ud800"',
    },
    { what: 'a NUL', sql: 'INSERT INTO effects (note) VALUES ($1)', value: `${SECRET}\0` },
    { what: 'no number', sql: 'INSERT INTO numbers (number) VALUES ($1)', value: SECRET },
    { what: 'a duplicate', sql: 'INSERT INTO numbers (number) VALUES ($1)', value: '1' },
    { what: 'a broken rule', sql: 'INSERT INTO numbers (number) VALUES ($1)', value: '11' },
  ])('with $what fails at once, and the work of others goes on', async ({ sql, value }) => {
    const kind = queue.kind({ maxAttempts: 10 });
    const run = async (job: RunningJob<Note>) => {
      if (job.payload.note === 'poison') await job.fenced((tx) => tx.rows(sql, [value]));
    };
    const worker = queue.startWorker([{ kind, run }], options);
    const bad = await Promise.all(Array.from({ length: 2 * FAILURES }, () => queue.enqueue(kind, 'poison')));
    for (const id of bad) {
      expect(await queue.waitForState(id, 'failed')).toMatchObject({
        attempt: 1,
        lastError: 'An internal error, described in the log of the worker.',
      });
    }
    await queue.waitForState(await queue.enqueue(kind, 'good'), 'succeeded');
    expect(worker.observed.breakers).toEqual([]);
  });

  it('that fails for a reason nobody expected uses its attempts up, and opens no breaker', async () => {
    const kind = queue.kind({ maxAttempts: FAILURES + 2 });
    const run = (job: RunningJob<Note>) =>
      job.payload.note === 'poison' ? Promise.reject(new Error('unexpected')) : Promise.resolve();
    const worker = queue.startWorker([{ kind, run }], options);
    const bad = await Promise.all([1, 2].map(() => queue.enqueue(kind, 'poison')));
    await Promise.all(bad.map((id) => queue.waitForState(id, 'failed')));
    await queue.waitForState(await queue.enqueue(kind, 'good'), 'succeeded');
    expect(worker.observed.breakers).toEqual([]);
  });

  it('is not what a dependency that may be back is tried with', async () => {
    const kind = queue.kind();
    let isDown = true;
    const order: string[] = [];
    const gate = new Gate();
    const run = async (job: RunningJob<Note>) => {
      order.push(job.payload.note);
      if (isDown || job.payload.note === 'poison') throw new DependencyUnavailableError('object-store');
      await gate.passed(job.signal);
    };
    const worker = queue.startWorker([{ kind, run }], options);
    await queue.enqueue(kind, 'poison', { fairnessKey: 'a' });
    await waitFor(() => worker.observed.breakers.includes('open'));
    isDown = false;
    await queue.enqueue(kind, 'good', { fairnessKey: 'b' });
    const before = order.length;
    worker.retryNow();
    await waitFor(() => order.length > before);
    expect(order[before]).toBe('good');
    gate.open();
  });

  it('may name itself in a way that the database cannot keep, and fails with words all the same', async () => {
    const kind = queue.kind({ maxAttempts: 1 });
    queue.startWorker([
      { kind, run: () => Promise.reject(new OddlyNamedError('The name \ud800\0 is odd.')) },
    ]);
    const { lastError } = await queue.waitForState(await queue.enqueue(kind), 'failed');
    expect(lastError).toBe('The name \ufffd\ufffd is odd.');
  });
});

describe('the error of a refused statement', () => {
  let queue: TestQueue;

  beforeAll(async () => {
    queue = await TestQueue.open();
    await queue.database.rows(
      'CREATE TABLE things (name text UNIQUE, number integer NOT NULL CHECK (number < 10))',
    );
  });
  afterAll(() => queue.close());

  it.each([
    { sql: 'INSERT INTO things VALUES ($1, $2)', values: [SECRET, SECRET], state: '22P02' },
    { sql: 'INSERT INTO things VALUES ($1, $2)', values: [SECRET, 11], state: '23514' },
    { sql: 'INSERT INTO things VALUES ($1, $2)', values: [SECRET, null], state: '23502' },
    { sql: 'INSERT INTO things VALUES ($1, 1), ($1, 2)', values: [SECRET], state: '23505' },
    { sql: 'SELECT $1::jsonb', values: [`{"a": "${SECRET}\\ud800"}`], state: '22P02' },
    { sql: 'SELECT $1::text FROM nowhere', values: [SECRET], state: '42P01' },
  ])('says why ($state) and tells nothing of its values', async ({ sql, values, state }) => {
    for (const work of [
      () => queue.database.rows(sql, values),
      () => queue.database.transaction((tx) => tx.rows(sql, values)),
    ]) {
      const error = await work().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(FailedStatementError);
      expect(error).toMatchObject({ sqlState: state, statement: sql });
      expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(SECRET);
      expect(String(error instanceof Error && error.stack)).toContain('    at ');
    }
  });
});
