/** A piece of a file: from `start` up to, not including, `end`. */
export interface PlannedPart {
  readonly number: number;
  readonly start: number;
  readonly end: number;
}

export interface ReceivedPart {
  readonly part_number: number;
  readonly size_bytes: number;
}

/** The parts of a file, all of one size but the last; an empty file has one empty part. */
export function planParts(sizeBytes: number, partSizeBytes: number): PlannedPart[] {
  const count = Math.max(1, Math.ceil(sizeBytes / partSizeBytes));
  return Array.from({ length: count }, (_, index) => ({
    number: index + 1,
    start: index * partSizeBytes,
    end: Math.min((index + 1) * partSizeBytes, sizeBytes),
  }));
}

/** What of a plan the server does not have; undefined when it has parts of another plan. */
export function missingParts(
  plan: readonly PlannedPart[],
  received: readonly ReceivedPart[],
): PlannedPart[] | undefined {
  const sizes = new Map(received.map(({ part_number, size_bytes }) => [part_number, size_bytes]));
  const fits = received.every(({ part_number, size_bytes }) => {
    const planned = plan[part_number - 1];
    return planned !== undefined && planned.end - planned.start === size_bytes;
  });
  return fits ? plan.filter(({ number }) => !sizes.has(number)) : undefined;
}
