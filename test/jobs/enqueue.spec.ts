import { enqueueJob } from '@imgsrv/jobs';
import { Client } from 'pg';
import { waitFor } from '../support/wait-for.js';
import { Gate } from './gate.js';
import { TestQueue } from './test-queue.js';

/** So long that only a notification can explain a job that begins soon. */
const NEVER_POLLS = { pollIntervalMs: 600_000 };

describe('enqueueing jobs', () => {
  let queue: TestQueue;

  beforeAll(async () => {
    queue = await TestQueue.open();
  });
  afterEach(() => queue.stopWorkers());
  afterAll(() => queue.close());

  async function listeners(): Promise<readonly { pid: number }[]> {
    return queue.database.rows<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'imgsrv-leases' AND query LIKE 'LISTEN%'`,
    );
  }

  it('leaves nothing of a transaction that was rolled back', async () => {
    const kind = queue.kind({ steps: [{ name: 'one', sequence: 1, timeLimit: { baseMs: 60_000 } }] });
    const failing = queue.database.transaction(async (tx) => {
      await enqueueJob(tx, kind, { note: 'undone' });
      throw new Error('the caller changed its mind');
    });
    await expect(failing).rejects.toThrow('changed its mind');
    expect(await queue.database.rows('SELECT id FROM jobs WHERE kind = $1', [kind.name])).toEqual([]);
  });

  it('shows the job to workers only once the transaction commits', async () => {
    const kind = queue.kind();
    const marker = queue.kind();
    const run = jest.fn(() => Promise.resolve());
    queue.startWorker([
      { kind, run },
      { kind: marker, run: () => Promise.resolve() },
    ]);
    const id = await queue.database.transaction(async (tx) => {
      const inserted = await enqueueJob(tx, kind, { note: 'soon' });
      await queue.waitForState(await queue.enqueue(marker), 'succeeded');
      expect(run).not.toHaveBeenCalled();
      return inserted;
    });
    await queue.waitForState(id, 'succeeded');
    expect(run).toHaveBeenCalledTimes(1);
  });

  it('wakes an idle worker at once', async () => {
    const kind = queue.kind();
    const begun: number[] = [];
    const run = async () => {
      begun.push(performance.now());
      await Promise.resolve();
    };
    queue.startWorker([{ kind, run }], NEVER_POLLS);
    await waitFor(async () => (await listeners()).length === 1);
    const delaysMs: number[] = [];
    for (let round = 1; round <= 9; round += 1) {
      await queue.enqueue(kind);
      const committedAtMs = performance.now();
      await waitFor(() => begun.length === round, { intervalMs: 2, what: 'the notified worker to begin' });
      delaysMs.push((begun.at(-1) ?? NaN) - committedAtMs);
    }
    const median = delaysMs.sort((a, b) => a - b)[4];
    expect(median).toBeLessThan(100);
  });

  it('needs no notification: polling alone finds the job', async () => {
    const kind = queue.kind();
    queue.startWorker([{ kind, run: () => Promise.resolve() }], { pollIntervalMs: 150 });
    await waitFor(async () => (await listeners()).length === 1);
    const [row] = await queue.database.rows<{ id: Parameters<TestQueue['job']>[0] }>(
      `INSERT INTO jobs (kind, payload, max_attempts) VALUES ($1, '{"note": "silent"}', 1) RETURNING id`,
      [kind.name],
    );
    if (row === undefined) throw new Error('not inserted');
    await queue.waitForState(row.id, 'succeeded');
  });

  it('listens again after the connection was cut, and looks for what it may have missed', async () => {
    const kind = queue.kind();
    const run = jest.fn(() => Promise.resolve());
    queue.startWorker([{ kind, run }], NEVER_POLLS);
    const [before] = await waitFor(async () => {
      const found = await listeners();
      return found.length === 1 ? found : undefined;
    });
    expect(await queue.cutConnections('imgsrv-leases')).toBe(1);
    await queue.waitForState(await queue.enqueue(kind, 'while it is cut'), 'succeeded');
    const [after] = await waitFor(async () => {
      const found = await listeners();
      return found.length === 1 ? found : undefined;
    });
    expect(after?.pid).not.toBe(before?.pid);
    await queue.waitForState(await queue.enqueue(kind, 'once it listens again'), 'succeeded');
  });

  it('keeps one listening connection however often it is cut', async () => {
    const kind = queue.kind();
    queue.startWorker([{ kind, run: () => Promise.resolve() }]);
    for (let round = 0; round < 5; round += 1) {
      await waitFor(async () => (await queue.cutConnections('imgsrv-leases')) > 0);
    }
    await queue.waitForState(await queue.enqueue(kind), 'succeeded');
    await waitFor(async () => (await listeners()).length === 1, { what: 'one listening connection' });
  });

  it('tells the kind on the channel, once for each job', async () => {
    const kind = queue.kind();
    const listener = new Client({ connectionString: queue.url });
    await listener.connect();
    try {
      const heard: (string | undefined)[] = [];
      listener.on('notification', ({ payload }) => heard.push(payload));
      await listener.query('LISTEN imgsrv_jobs');
      await queue.enqueue(kind);
      await waitFor(() => heard.length > 0);
      expect(heard).toEqual([kind.name]);
    } finally {
      await listener.end();
    }
  });

  describe('a singleton', () => {
    it('is one job however many enqueue it at once', async () => {
      const kind = queue.kind();
      const ids = await Promise.all(
        Array.from({ length: 10 }, (_, index) => queue.enqueue(kind, String(index), { singletonKey: 'one' })),
      );
      expect(new Set(ids).size).toBe(1);
      expect(await queue.database.rows('SELECT id FROM jobs WHERE kind = $1', [kind.name])).toHaveLength(1);
    });

    it('is left out while it runs, and queued again once it ended', async () => {
      const kind = queue.kind();
      const gate = new Gate();
      queue.startWorker([{ kind, run: () => gate.passed() }]);
      const first = await queue.enqueue(kind, 'first', { singletonKey: 'one' });
      await queue.waitForState(first, 'running');
      expect(await queue.enqueue(kind, 'again', { singletonKey: 'one' })).toBe(first);
      gate.open();
      await queue.waitForState(first, 'succeeded');
      expect(await queue.enqueue(kind, 'again', { singletonKey: 'one' })).not.toBe(first);
    });

    it('is apart from other keys and other kinds', async () => {
      const [kind, other] = [queue.kind(), queue.kind()];
      const ids = await Promise.all([
        queue.enqueue(kind, 'a', { singletonKey: 'one' }),
        queue.enqueue(kind, 'b', { singletonKey: 'two' }),
        queue.enqueue(other, 'c', { singletonKey: 'one' }),
        queue.enqueue(kind, 'd'),
        queue.enqueue(kind, 'e'),
      ]);
      expect(new Set(ids).size).toBe(5);
    });
  });
});
