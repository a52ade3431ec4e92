/** What the catalogue tells those who measure it. */
export interface StreamsObserver {
  /** New documents are served. `leftOut` counts the rows that are not in them though they should be. */
  rendered(render: {
    readonly durationMs: number;
    readonly products: number;
    readonly leftOut: number;
    readonly sizeBytes: number;
  }): void;

  /** New documents were not fit to be served; those before are kept. Someone must act. */
  rejected(): void;
}

/** Tells of what somebody must act on, and of nothing else. */
export function rejectionsOnly(observer: StreamsObserver): StreamsObserver {
  return {
    rendered: () => undefined,
    rejected: () => {
      observer.rejected();
    },
  };
}
