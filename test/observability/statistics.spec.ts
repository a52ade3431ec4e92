import { countContent } from '@imgsrv/cas';
import { countCatalog } from '@imgsrv/catalog';
import { countFinishedJobs, readQueueFigures } from '@imgsrv/jobs';
import { type Figure, readStatistics, refreshStatistics, type StatisticsSource } from '@imgsrv/platform';
import { countProjection } from '@imgsrv/streams';
import { Client } from 'pg';
import { Gate } from '../jobs/gate.js';
import { TestQueue } from '../jobs/test-queue.js';
import { fillCatalogue } from './fill-catalogue.js';

describe('statistics', () => {
  let queue: TestQueue;

  beforeAll(async () => {
    queue = await TestQueue.open();
  });
  beforeEach(async () => {
    await queue.database.rows(`UPDATE statistics SET due_at = '-infinity', figures = '[]'`);
  });
  afterAll(() => queue.close());

  const one: StatisticsSource = () => Promise.resolve([{ figure: 'one', labels: {}, value: 1 }]);
  const read = () => queue.database.use(readStatistics);
  const valueOf = (figures: readonly Figure[], figure: string, labels: Figure['labels'] = {}) =>
    figures.find((candidate) => candidate.figure === figure && hasLabels(candidate, labels))?.value;

  function hasLabels(candidate: Figure, labels: Figure['labels']): boolean {
    return JSON.stringify(candidate.labels) === JSON.stringify(labels);
  }

  it('have an age, and no duration, before anybody counted', async () => {
    const fresh = await TestQueue.open();
    try {
      const figures = await fresh.database.use(readStatistics);
      expect(figures.map(({ figure }) => figure)).toEqual(['statistics_age']);
      expect(figures[0]?.value).toBeGreaterThanOrEqual(0);
    } finally {
      await fresh.close();
    }
  });

  it('are counted when that is due, and not again until it is', async () => {
    expect(await refreshStatistics(queue.database, [one])).toBe(true);
    expect(await refreshStatistics(queue.database, [one])).toBe(false);
    const figures = await read();
    expect(valueOf(figures, 'one')).toBe(1);
    expect(valueOf(figures, 'statistics_age')).toBeLessThan(5);
    expect(valueOf(figures, 'statistics_duration')).toBeLessThan(5);
  });

  it('are counted by one of many that find them due, while the others do not wait', async () => {
    const [begun, gate] = [new Gate(), new Gate()];
    const slow: StatisticsSource = async (tx) => {
      begun.open();
      await gate.passed();
      return one(tx);
    };
    const first = refreshStatistics(queue.database, [slow]);
    await begun.passed();
    const others = await Promise.all([1, 2, 3].map(() => refreshStatistics(queue.database, [one])));
    expect(others).toEqual([false, false, false]);
    // Whoever reads meanwhile gets the counts before.
    expect(valueOf(await read(), 'one')).toBeUndefined();
    gate.open();
    expect(await first).toBe(true);
  });

  it('stay as they were, and due, when counting fails', async () => {
    await refreshStatistics(queue.database, [one]);
    await queue.database.rows(`UPDATE statistics SET due_at = '-infinity'`);
    const broken: StatisticsSource = () => Promise.reject(new Error('no count'));
    await expect(refreshStatistics(queue.database, [one, broken])).rejects.toThrow('no count');
    expect(valueOf(await read(), 'one')).toBe(1);
    expect(await refreshStatistics(queue.database, [one])).toBe(true);
  });

  it('are due later the longer counting takes, within bounds', async () => {
    const intervalSeconds = async () => {
      const [row] = await queue.database.rows<{ seconds: number }>(
        'SELECT extract(epoch FROM due_at - counted_at)::float8 AS seconds FROM statistics',
      );
      return row?.seconds ?? 0;
    };
    await refreshStatistics(queue.database, [one]);
    expect(await intervalSeconds()).toBeCloseTo(60, 0);
    await queue.database.rows(`UPDATE statistics SET due_at = '-infinity'`);
    await refreshStatistics(queue.database, [
      async (tx) => {
        await tx.rows('SELECT pg_sleep(2)');
        return [];
      },
    ]);
    expect(await intervalSeconds()).toBeGreaterThan(95);
  });

  it('say what is stored', async () => {
    const client = new Client({ connectionString: queue.url });
    await client.connect();
    await fillCatalogue(client, { blobs: 50, versions: 30, finishedJobs: 20 });
    await client.end();
    await refreshStatistics(queue.database, [countContent, countCatalog, countProjection, countFinishedJobs]);
    const figures = await read();
    expect(valueOf(figures, 'blobs')).toBe(50);
    expect(valueOf(figures, 'blob_bytes')).toBe((50 * 51) / 2);
    expect(valueOf(figures, 'versions', { state: 'draft' })).toBe(30);
    expect(valueOf(figures, 'versions', { state: 'published' })).toBe(0);
    expect(valueOf(figures, 'upload_sessions', { state: 'ready' })).toBe(50);
    expect(valueOf(figures, 'upload_sessions', { state: 'created' })).toBe(0);
    expect(valueOf(figures, 'streams_projection_rows', { client: 'incus' })).toBe(0);
    expect(valueOf(figures, 'jobs', { kind: 'ingest_blob', state: 'succeeded' })).toBe(20);
  });

  it('leave live jobs to the queue, which tells how long the oldest waits and runs', async () => {
    const kind = queue.kind();
    await queue.enqueue(kind);
    await queue.enqueue(kind);
    await queue.database.rows(
      `UPDATE jobs SET created_at = now() - interval '90 seconds' WHERE id = (SELECT id FROM jobs WHERE kind = $1 LIMIT 1)`,
      [kind.name],
    );
    await queue.insertAbandoned(kind, 1);
    const figures = await queue.database.use((tx) => readQueueFigures(tx, [kind]));
    const labels = { kind: kind.name };
    expect(valueOf(figures, 'jobs', { ...labels, state: 'queued' })).toBe(2);
    expect(valueOf(figures, 'jobs', { ...labels, state: 'running' })).toBe(1);
    expect(valueOf(figures, 'oldest_queued_job_age', labels)).toBeGreaterThanOrEqual(90);
    expect(valueOf(figures, 'oldest_running_job_age', labels)).toBeLessThan(30);
  });

  it('tell of kinds without jobs that there are none, so that whoever scales by them has a number', async () => {
    const kind = queue.kind();
    const labels = { kind: kind.name };
    expect(await queue.database.use((tx) => readQueueFigures(tx, [kind]))).toEqual([
      { figure: 'jobs', labels: { ...labels, state: 'queued' }, value: 0 },
      { figure: 'jobs', labels: { ...labels, state: 'running' }, value: 0 },
      { figure: 'oldest_queued_job_age', labels, value: 0 },
      { figure: 'oldest_running_job_age', labels, value: 0 },
      { figure: 'job_without_progress', labels, value: 0 },
    ]);
  });

  it('tell for how long a running job has not come further', async () => {
    const kind = queue.kind();
    const [slow, quick] = [await queue.insertAbandoned(kind, 1), await queue.insertAbandoned(kind, 1)];
    await queue.database.rows(
      `UPDATE jobs SET started_at = now() - interval '1 hour', progressed_at = now() - $2 * interval '1 second'
        WHERE id = $1`,
      [slow, 600],
    );
    await queue.database.rows('UPDATE jobs SET progressed_at = now() WHERE id = $1', [quick]);
    const figures = await queue.database.use((tx) => readQueueFigures(tx, [kind]));
    const seconds = valueOf(figures, 'job_without_progress', { kind: kind.name });
    expect(seconds).toBeGreaterThanOrEqual(600);
    expect(seconds).toBeLessThan(1800);
  });
});
