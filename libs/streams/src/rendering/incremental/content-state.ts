import type { PublishedContent } from '../contents.js';
import type { FileStem } from '../labels.js';
import type { LeftOutRoot, PublishedRoot, WithdrawnRoot } from '../published-root.js';
import type { ProductEntry } from './product-entry.js';

/** A name that a content would like to give to one of its files, as it is compared. */
export interface NameAttempt {
  readonly name: string;
  /** sha256 of the file. */
  readonly hex: string;
}

/** All that is known of one content while any row has it. */
export interface ContentState {
  readonly id: string;
  readonly roots: Set<PublishedRoot>;
  readonly withdrawn: Set<WithdrawnRoot>;
  /** Undefined while no row is published. */
  content: PublishedContent | undefined;
  stem: FileStem | undefined;
  attempts: readonly NameAttempt[];
  /** Undefined when it has no product. */
  entry: ProductEntry | undefined;
  /** Why it has no product though it should. */
  leftOut: readonly LeftOutRoot[];
  listedPaths: readonly string[];
  formerPaths: readonly string[];
}

export function newContentState(id: string): ContentState {
  return {
    id,
    roots: new Set(),
    withdrawn: new Set(),
    content: undefined,
    stem: undefined,
    attempts: [],
    entry: undefined,
    leftOut: [],
    listedPaths: [],
    formerPaths: [],
  };
}
