export type JobId = string & { readonly __brand: 'JobId' };
export type JobState = 'queued' | 'running' | 'succeeded' | 'failed' | 'canceled';
export type JobStepState = 'queued' | 'running' | 'succeeded' | 'failed';

/** A job as others may see it. */
export interface Job {
  readonly id: JobId;
  readonly kind: string;
  readonly payload: unknown;
  readonly state: JobState;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly lastError?: string;
  readonly startedAt?: Date;
  readonly finishedAt?: Date;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly steps: readonly JobStep[];
}

export interface JobStep {
  readonly id: string;
  readonly jobId: JobId;
  readonly name: string;
  readonly state: JobStepState;
  readonly sequence: number;
  readonly attemptCount: number;
  readonly startedAt?: Date;
  readonly finishedAt?: Date;
  readonly failureMessage?: string;
  /** What a step that succeeded tells of how it went. */
  readonly detail?: string;
  readonly progress?: StepProgress;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface StepProgress {
  readonly doneBytes: number;
  readonly totalBytes: number;
}
