import { enqueueJob, type JobKind } from '@imgsrv/jobs';
import type { Database, Logger } from '@imgsrv/platform';

/**
 * Queues the jobs of the kinds that recur. Every worker does so; a job that is queued or running already is left out, so that
 * many workers make no more work than one.
 */
export class MaintenanceSchedule {
  private timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly kinds: readonly JobKind<object>[],
    private readonly database: Database,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.timers = this.kinds.flatMap((kind) => {
      if (kind.recurrence === undefined) {
        return [];
      }
      void this.enqueue(kind);
      return [setInterval(() => void this.enqueue(kind), kind.recurrence.everyMs)];
    });
  }

  stop(): void {
    this.timers.forEach((timer) => {
      clearInterval(timer);
    });
  }

  private async enqueue(kind: JobKind<object>): Promise<void> {
    try {
      await this.database.transaction((tx) => enqueueJob(tx, kind, {}, { singletonKey: 'recurring' }));
    } catch (error) {
      this.logger.debug({ err: error, job_kind: kind.name }, 'could not queue a recurring job');
    }
  }
}
