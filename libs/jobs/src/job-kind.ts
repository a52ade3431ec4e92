/**
 * Jobs of one class share slots of their own in every worker, so that none waits behind another class: `publish` is what
 * somebody waits for, `ingest` reads many bytes, `maintenance` keeps the service tidy.
 */
export const JOB_CLASSES = ['publish', 'ingest', 'maintenance'] as const;

export type JobClass = (typeof JOB_CLASSES)[number];

/** What a job is about, and how it may be tried. One constant a kind, shared by those who enqueue and who run it. */
export interface JobKind<Payload extends object> {
  /** Stable name in the database. */
  readonly name: string;
  readonly class: JobClass;
  /** How often a job is begun before it counts as poison. A crash counts, a release on shutdown does not. */
  readonly maxAttempts: number;
  /** Steps that are persisted when the job is enqueued; empty for jobs that are done in one go. */
  readonly steps: readonly StepDefinition[];
  /** Of an attempt at a job without steps, or of what it does outside of them. */
  readonly timeLimit: TimeLimit;
  /** How long the rows of jobs that are over are kept; absent when they are history and never removed. */
  readonly retention?: JobRetention;
  /** Present when the job is done again and again; it is queued with an empty payload. */
  readonly recurrence?: { readonly everyMs: number };
  /** Reads the stored payload; throws when it is not one of this kind. */
  readonly parsePayload: (stored: unknown) => Payload;
}

export interface StepDefinition {
  readonly name: string;
  /** Orders the steps; gaps leave room for later ones. */
  readonly sequence: number;
  /** It is part of a job from the moment on in which the job begins it, which not every job does. */
  readonly isOptional?: true;
  /** Of one attempt at the step. */
  readonly timeLimit: TimeLimit;
}

/** The longest that something may take: `baseMs`, and for bytes that it says it will read what they take at this rate. */
export interface TimeLimit {
  readonly baseMs: number;
  /** Absent when there is nothing to read. */
  readonly minBytesPerSecond?: number;
}

export interface JobRetention {
  readonly succeededMs: number;
  /** Of failed and of canceled jobs. */
  readonly failedMs: number;
}

const DAY_MS = 24 * 3_600_000;

/** Of jobs that nobody asks for once they are done. */
export const SHORT_RETENTION: JobRetention = { succeededMs: DAY_MS, failedMs: 30 * DAY_MS };

/** The longest that `sizeBytes` may take. */
export function timeLimitMs({ baseMs, minBytesPerSecond }: TimeLimit, sizeBytes: number): number {
  return baseMs + (minBytesPerSecond === undefined ? 0 : (sizeBytes / minBytesPerSecond) * 1000);
}
