import { SharedRun } from './shared-run.js';

/** A task whose runs end when the test says so. */
class Task {
  readonly runs: { end: (result: string) => void; fail: (error: Error) => void }[] = [];

  readonly run = (): Promise<string> =>
    new Promise((resolve, reject) => {
      this.runs.push({ end: resolve, fail: reject });
    });

  /** Resolves once this many runs have begun. */
  async begun(count: number): Promise<void> {
    while (this.runs.length < count) {
      await new Promise(setImmediate);
    }
  }
}

describe('SharedRun', () => {
  it('gives callers that come during a run the result of one run after it', async () => {
    const task = new Task();
    const shared = new SharedRun(task.run);
    const first = shared.run();
    const later = [shared.run(), shared.run(), shared.run()];
    expect(task.runs).toHaveLength(1);
    task.runs[0]?.end('old');
    await expect(first).resolves.toBe('old');
    await task.begun(2);
    task.runs[1]?.end('new');
    await expect(Promise.all(later)).resolves.toEqual(['new', 'new', 'new']);
    expect(task.runs).toHaveLength(2);
  });

  it('runs again for a caller that comes when nothing runs', async () => {
    const task = new Task();
    const shared = new SharedRun(task.run);
    for (const result of ['one', 'two']) {
      const run = shared.run();
      task.runs.at(-1)?.end(result);
      await expect(run).resolves.toBe(result);
    }
    expect(task.runs).toHaveLength(2);
  });

  it('fails only those who share the run that failed', async () => {
    const task = new Task();
    const shared = new SharedRun(task.run);
    const first = shared.run();
    const second = shared.run();
    task.runs[0]?.fail(new Error('away'));
    await expect(first).rejects.toThrow('away');
    await task.begun(2);
    task.runs[1]?.end('back');
    await expect(second).resolves.toBe('back');
  });
});
