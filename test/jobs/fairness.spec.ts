import type { JobKind, RunningJob } from '@imgsrv/jobs';
import { CLAIM_FAIRLY } from '../../libs/jobs/src/claim.js';
import { waitFor } from '../support/wait-for.js';
import { Gate } from './gate.js';
import { type Note, TestQueue } from './test-queue.js';

describe('among those who share a queue', () => {
  let queue: TestQueue;

  beforeAll(async () => {
    queue = await TestQueue.open();
  });
  afterEach(() => queue.stopWorkers());
  afterAll(() => queue.close());

  /** Queues many jobs of one key at once. */
  async function flood(kind: JobKind<Note>, key: string, jobs: number): Promise<void> {
    await queue.database.rows(
      `INSERT INTO jobs (kind, payload, max_attempts, fairness_key, run_after)
       SELECT $1, jsonb_build_object('note', $2::text), $3, $2, now() - interval '1 hour' FROM generate_series(1, $4)`,
      [kind.name, key, kind.maxAttempts, jobs],
    );
  }

  it('a thousand jobs of one team delay another one by at most one', async () => {
    const kind = queue.kind();
    await flood(kind, 'many', 1000);
    const order: string[] = [];
    const gate = new Gate();
    const running = new Gate();
    const run = async (job: RunningJob<Note>) => {
      order.push(job.payload.note);
      running.open();
      await gate.passed(job.signal);
    };
    queue.startWorker([{ kind, run }], { concurrency: 1 });
    await running.passed();
    await queue.enqueue(kind, 'one', { fairnessKey: 'one' });
    gate.open();
    await waitFor(() => order.includes('one'));
    expect(order.indexOf('one')).toBe(1);
  });

  it('each is served in turn, however many jobs they have', async () => {
    const kind = queue.kind();
    await flood(kind, 'a', 20);
    await flood(kind, 'b', 20);
    await flood(kind, 'c', 3);
    const order: string[] = [];
    queue.startWorker(
      [{ kind, run: async (job) => void order.push(await Promise.resolve(job.payload.note)) }],
      { concurrency: 1 },
    );
    await waitFor(() => order.length === 43);
    for (let turn = 0; turn < 3; turn += 1) {
      expect(order.slice(turn * 3, turn * 3 + 3).sort()).toEqual(['a', 'b', 'c']);
    }
    expect(order.slice(9, 19).filter((key) => key === 'a')).toHaveLength(5);
  });

  it('jobs that kill their workers do not keep others from being served', async () => {
    const kind = queue.kind({ maxAttempts: 50 });
    for (let job = 0; job < 10; job += 1) {
      const id = await queue.insertAbandoned(kind, 1, 'poison');
      await queue.database.rows(`UPDATE jobs SET fairness_key = 'poison', claimed_at = now() WHERE id = $1`, [
        id,
      ]);
    }
    await queue.enqueue(kind, 'good', { fairnessKey: 'good' });
    const order: string[] = [];
    queue.startWorker(
      [{ kind, run: async (job) => void order.push(await Promise.resolve(job.payload.note)) }],
      { concurrency: 1 },
    );
    await waitFor(() => order.includes('good'));
    expect(order.indexOf('good')).toBeLessThanOrEqual(1);
  });

  it('jobs that fail again and again take turns with those of others', async () => {
    const kind = queue.kind({ maxAttempts: 1000 });
    await flood(kind, 'failing', 20);
    const order: string[] = [];
    const run = async (job: RunningJob<Note>) => {
      order.push(await Promise.resolve(job.payload.note));
      if (job.payload.note === 'failing') throw new Error('again');
    };
    queue.startWorker([{ kind, run }], { concurrency: 1, backoff: { firstMs: 0, longestMs: 0 } });
    await waitFor(() => order.length > 25);
    await queue.enqueue(kind, 'good', { fairnessKey: 'good' });
    const before = order.length;
    await waitFor(() => order.includes('good'));
    expect(order.indexOf('good') - before).toBeLessThanOrEqual(1);
  });

  it('the claim hops from team to team through an index when 100,000 jobs wait', async () => {
    const kind = queue.kind();
    await flood(kind, 'many', 100_000);
    await flood(kind, 'few', 3);
    await queue.database.rows('ANALYZE jobs');
    const plan = await queue.database.rows<{ 'QUERY PLAN': string }>(`EXPLAIN (COSTS OFF) ${CLAIM_FAIRLY}`, [
      [kind.name],
      1000,
      'worker',
    ]);
    const text = plan.map((row) => row['QUERY PLAN']).join('\n');
    expect(text).not.toContain('Seq Scan');
    expect(text).toMatch(/Index Only Scan using jobs_turns/);
    expect(text).toMatch(/Index Only Scan using jobs_served/);
    await queue.database.rows('DELETE FROM jobs WHERE kind = $1', [kind.name]);
  });
});

describe('among classes', () => {
  let queue: TestQueue;

  beforeAll(async () => {
    queue = await TestQueue.open();
  });
  afterAll(() => queue.close());

  it('a publish does not wait behind verification, nor maintenance behind either', async () => {
    const ingest = queue.kind({ class: 'ingest' });
    const publish = queue.kind({ class: 'publish' });
    const maintenance = queue.kind({ class: 'maintenance' });
    const gate = new Gate();
    const held = (job: RunningJob<Note>) => gate.passed(job.signal);
    const worker = queue.startWorker(
      [
        { kind: ingest, run: held },
        { kind: publish, run: (job) => (job.payload.note === 'held' ? held(job) : Promise.resolve()) },
        { kind: maintenance, run: () => Promise.resolve() },
      ],
      { concurrency: 2 },
    );
    for (let job = 0; job < 8; job += 1) await queue.enqueue(ingest);
    await waitFor(() => worker.observed.began.length === 2);
    await queue.waitForState(await queue.enqueue(publish), 'succeeded');
    for (let job = 0; job < 4; job += 1) await queue.enqueue(publish, 'held');
    await queue.waitForState(await queue.enqueue(maintenance), 'succeeded');
    gate.open();
  });
});
