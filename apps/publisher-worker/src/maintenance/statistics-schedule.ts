import { countCandidates, countContent, countDamage } from '@imgsrv/cas';
import { countCatalog } from '@imgsrv/catalog';
import { countFinishedJobs } from '@imgsrv/jobs';
import {
  type Database,
  describeCauses,
  type Logger,
  refreshStatistics,
  type StatisticsSource,
} from '@imgsrv/platform';
import { countProjection } from '@imgsrv/streams';

/** What is counted in the background because counting it costs more the more there is. */
const SOURCES: readonly StatisticsSource[] = [
  countContent,
  countCandidates,
  countDamage,
  countCatalog,
  countProjection,
  countFinishedJobs,
];

/** How often this worker looks whether a count is due; the first of all workers that finds it so counts. */
const LOOK_INTERVAL_MS = 10_000;

/**
 * Keeps the statistics fresh that every process shows. Not a job: it must not wait behind long ones, and another count
 * makes up for one that was lost.
 */
export class StatisticsSchedule {
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.lookOnce();
    this.timer = setInterval(() => {
      this.lookOnce();
    }, LOOK_INTERVAL_MS);
  }

  /** Resolves when no count is under way any more. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
  }

  private lookOnce(): void {
    this.looking ??= this.look().finally(() => {
      this.looking = undefined;
    });
  }

  private async look(): Promise<void> {
    try {
      await refreshStatistics(this.database, SOURCES);
    } catch (error) {
      this.logger.warn({ reason: describeCauses(error) }, 'could not count the stored content');
    }
  }
}
