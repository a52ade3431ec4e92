/** One number to be shown as a metric. Libs give figures without knowing how they are published. */
export interface Figure {
  /** What is counted, such as `blobs`; each app names the metric of it. */
  readonly figure: string;
  /** Bounded: no ids, names or digests. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}
