import { PermanentJobError, type RunningJob } from '@imgsrv/jobs';
import { DependencyUnavailableError } from '@imgsrv/platform';
import { waitFor } from '../support/wait-for.js';
import { Gate } from './gate.js';
import { type Note, TestQueue } from './test-queue.js';

const FAILURES = 3;

describe('the breaker of a kind', () => {
  let queue: TestQueue;

  beforeAll(async () => {
    queue = await TestQueue.open();
  });
  afterEach(() => queue.stopWorkers());
  afterAll(() => queue.close());

  function options(cooldownMs: number) {
    return { concurrency: 3, pollIntervalMs: 50, breaker: { failures: FAILURES, cooldownMs } };
  }

  it('opens after failures in a row, and other kinds go on', async () => {
    const [broken, healthy] = [queue.kind(), queue.kind()];
    const run = jest.fn(() => Promise.reject(new DependencyUnavailableError('object-store')));
    const worker = queue.startWorker(
      [
        { kind: broken, run },
        { kind: healthy, run: () => Promise.resolve() },
      ],
      { ...options(600_000), concurrency: 1 },
    );
    const ids = await Promise.all(Array.from({ length: 5 }, () => queue.enqueue(broken)));
    await waitFor(() => worker.observed.breakers.length > 0);
    expect(worker.observed.breakers).toEqual(['open']);
    for (let round = 0; round < 3; round += 1) {
      await queue.waitForState(await queue.enqueue(healthy), 'succeeded');
    }
    expect(run).toHaveBeenCalledTimes(FAILURES);
    const states = await Promise.all(ids.map((id) => queue.job(id)));
    expect(states.every(({ state }) => state === 'queued')).toBe(true);
  });

  it('stays closed for what is wrong with the job itself', async () => {
    const kind = queue.kind();
    const run = (job: RunningJob<Note>) =>
      job.payload.note === 'bad' ? Promise.reject(new PermanentJobError('Bad.')) : Promise.resolve();
    const worker = queue.startWorker([{ kind, run }], { ...options(600_000), concurrency: 1 });
    const bad = await Promise.all(Array.from({ length: 2 * FAILURES }, () => queue.enqueue(kind, 'bad')));
    await Promise.all(bad.map((id) => queue.waitForState(id, 'failed')));
    await queue.waitForState(await queue.enqueue(kind, 'good'), 'succeeded');
    expect(worker.observed.breakers).toEqual([]);
  });

  it('lets one job through after the cool-down, and the others once that one succeeded', async () => {
    const kind = queue.kind();
    const gate = new Gate();
    let isDown = true;
    let running = 0;
    let begun = 0;
    const run = async () => {
      begun += 1;
      if (isDown) throw new DependencyUnavailableError('object-store');
      running += 1;
      await gate.passed();
      running -= 1;
    };
    const worker = queue.startWorker([{ kind, run }], options(700));
    const ids = await Promise.all(Array.from({ length: 6 }, () => queue.enqueue(kind)));
    await waitFor(() => worker.observed.breakers.includes('open'));
    const begunBefore = begun;
    isDown = false;
    await waitFor(() => running > 0);
    // Every other job is due and two slots are free.
    const marker = queue.kind();
    queue.startWorker([{ kind: marker, run: () => Promise.resolve() }]);
    for (let round = 0; round < 5; round += 1) {
      await queue.waitForState(await queue.enqueue(marker), 'succeeded');
    }
    expect(begun).toBe(begunBefore + 1);
    gate.open();
    await Promise.all(ids.map((id) => queue.waitForState(id, 'succeeded')));
    expect(worker.observed.breakers.at(-1)).toBe('closed');
  });

  it('does not rest to the end of the cool-down when the dependency is back', async () => {
    const kind = queue.kind();
    let isDown = true;
    const run = () =>
      isDown ? Promise.reject(new DependencyUnavailableError('object-store')) : Promise.resolve();
    const worker = queue.startWorker([{ kind, run }], { ...options(600_000), pollIntervalMs: 600_000 });
    const ids = await Promise.all(Array.from({ length: 6 }, () => queue.enqueue(kind)));
    await waitFor(() => worker.observed.breakers.includes('open'));
    isDown = false;
    worker.retryNow();
    await Promise.all(ids.map((id) => queue.waitForState(id, 'succeeded')));
  });

  it('tries again soon when the dependency is back, but fails some more', async () => {
    const kind = queue.kind();
    let failuresLeft = FAILURES + 2;
    const run = () => {
      failuresLeft -= 1;
      return failuresLeft < 0
        ? Promise.resolve()
        : Promise.reject(new DependencyUnavailableError('object-store'));
    };
    const worker = queue.startWorker([{ kind, run }], {
      ...options(600_000),
      concurrency: 1,
      pollIntervalMs: 600_000,
    });
    const ids = await Promise.all(Array.from({ length: 6 }, () => queue.enqueue(kind)));
    await waitFor(() => worker.observed.breakers.includes('open'));
    worker.retryNow();
    await Promise.all(ids.map((id) => queue.waitForState(id, 'succeeded')));
  });

  it('opens again when the one let through fails', async () => {
    const kind = queue.kind();
    const begunAtMs: number[] = [];
    const run = async () => {
      begunAtMs.push(performance.now());
      await Promise.reject(new DependencyUnavailableError('object-store'));
    };
    const cooldownMs = 400;
    const worker = queue.startWorker([{ kind, run }], { ...options(cooldownMs), concurrency: 1 });
    await queue.enqueue(kind);
    await queue.enqueue(kind);
    await waitFor(() => worker.observed.breakers.length >= 3);
    expect(worker.observed.breakers.slice(0, 3)).toEqual(['open', 'open', 'open']);
    const pauses = begunAtMs
      .slice(FAILURES)
      .map((at, index) => at - (begunAtMs[FAILURES - 1 + index] ?? NaN));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(cooldownMs);
  });
});
