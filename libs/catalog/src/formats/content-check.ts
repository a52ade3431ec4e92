import type { Readable } from 'node:stream';
import type { ByteRange } from '@imgsrv/cas';

/**
 * Finds out whether the bytes of a blob are usable as what they are published as, by reading as much of them as that
 * takes. A pure function of the bytes: what it says is kept, and counts for whoever publishes the same bytes.
 */
export interface ContentCheck {
  /** With the digest the key of a kept verdict; never changes. */
  readonly name: string;
  /** Raised with every change that lets it say something else of some bytes: verdicts of other versions do not count. */
  readonly version: number;
  /**
   * Bounded in memory, and in time by the bytes it opens, whatever they are. Rejects with what `open` and its streams
   * fail with; whoever calls it takes such a failure for no verdict, also if the check does not see it.
   */
  judge(source: ContentSource): Promise<ContentFinding>;
}

export interface ContentFinding {
  /** One sentence for the publisher that says what is wrong and what to do. */
  readonly problem?: string;
  /** The size of the disk that a guest would see, where the header alone does not tell it. */
  readonly virtualSizeBytes?: number;
}

/** As `ContentCheck.judge` says it. */
export function toFinding(problem: string | undefined): ContentFinding {
  return problem === undefined ? {} : { problem };
}

/** The verified bytes of one blob. */
export interface ContentSource {
  readonly sizeBytes: number;
  /** Ends the streams, and long work between two reads must look at it as well. */
  readonly signal: AbortSignal;
  /**
   * Opens all bytes or a range inside them. What was opened gives the job time; what is read of it is its progress. A
   * stream that is not read to its end has to be destroyed.
   */
  open(range?: ByteRange): Promise<Readable>;
}
