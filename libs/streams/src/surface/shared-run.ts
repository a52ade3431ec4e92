/**
 * Runs a task for many callers at once: at most one run at a time, and each caller gets the result of a run that began
 * after the call, so that it sees everything that had happened by then.
 */
export class SharedRun<Result> {
  private running: Promise<Result> | undefined;
  private next: Promise<Result> | undefined;

  constructor(private readonly task: () => Promise<Result>) {}

  run(): Promise<Result> {
    if (this.running === undefined) {
      return this.start();
    }
    this.next ??= this.running.then(
      () => this.startNext(),
      () => this.startNext(),
    );
    return this.next;
  }

  private startNext(): Promise<Result> {
    this.next = undefined;
    return this.start();
  }

  private start(): Promise<Result> {
    const run = this.task().finally(() => {
      if (this.running === run) {
        this.running = undefined;
      }
    });
    this.running = run;
    return run;
  }
}
