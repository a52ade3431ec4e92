/** What a job is about, and how it may be tried. One constant a kind, shared by those who enqueue and who run it. */
export interface JobKind<Payload extends object> {
  /** Stable name in the database. */
  readonly name: string;
  /** How often a job is begun before it counts as poison. A crash counts, a release on shutdown does not. */
  readonly maxAttempts: number;
  /** Steps that are persisted when the job is enqueued; empty for jobs that are done in one go. */
  readonly steps: readonly StepDefinition[];
  /** Reads the stored payload; throws when it is not one of this kind. */
  readonly parsePayload: (stored: unknown) => Payload;
}

export interface StepDefinition {
  readonly name: string;
  /** Orders the steps; gaps leave room for later ones. */
  readonly sequence: number;
  /** A failed blocking step fails the job. */
  readonly blocking: boolean;
}
