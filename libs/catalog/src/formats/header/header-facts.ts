/** What a container's own header says. A `refusal` is one sentence for the publisher. */
export interface HeaderFacts {
  readonly virtualSizeBytes?: number;
  readonly refusal?: string;
}
