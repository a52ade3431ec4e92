import type { JobId, JobState } from '@imgsrv/jobs';
import type { Digest } from '../digest.js';
import type { CollectionReport } from './collection-report.js';

/** A collection that somebody asked for, or that recurs. */
export interface Collection {
  readonly id: JobId;
  readonly state: JobState;
  readonly dryRun: boolean;
  /** Only this blob was asked for. */
  readonly digest?: Digest;
  /** What was done so far; absent before it began. */
  readonly report?: CollectionReport;
  readonly failureMessage?: string;
  readonly createdAt: Date;
  readonly startedAt?: Date;
  readonly finishedAt?: Date;
}
