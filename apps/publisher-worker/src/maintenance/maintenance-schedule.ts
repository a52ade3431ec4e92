import { EXPIRE_UPLOADS } from '@imgsrv/cas';
import { enqueueJob, type JobKind, PURGE_JOBS } from '@imgsrv/jobs';
import type { Database, Logger } from '@imgsrv/platform';

interface Recurring {
  readonly kind: JobKind<object>;
  readonly everyMs: number;
}

/** What is done again and again, by whichever worker comes first. */
const SCHEDULE: readonly Recurring[] = [
  { kind: EXPIRE_UPLOADS, everyMs: 30_000 },
  { kind: PURGE_JOBS, everyMs: 3_600_000 },
];

/**
 * Queues the recurring jobs. Every worker does so; a job that is queued or running already is left out, so that
 * many workers make no more work than one.
 */
export class MaintenanceSchedule {
  private timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly database: Database,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.timers = SCHEDULE.map(({ kind, everyMs }) => {
      void this.enqueue(kind);
      return setInterval(() => void this.enqueue(kind), everyMs);
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
