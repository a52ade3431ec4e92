import type { LabelledContent } from './labels.js';
import type { PublishedContent } from './contents.js';
import { comparePublication } from './order.js';
import type { PublishedRoot, WithdrawnRoot } from './published-root.js';

/** A content as the documents had it once, and when they had it so for the last time. */
export interface FormerContent {
  readonly content: LabelledContent;
  readonly endedMs: number;
  /** Whether it ended because another version was published. */
  readonly byPublication: boolean;
}

/**
 * What a content was made of before a version came to it, came back, or left it. `withdrawn` are the rows with these bytes
 * that were listed until lately. No table is needed: when each of them was listed is known.
 */
export function* formerContents(
  content: PublishedContent,
  withdrawn: readonly WithdrawnRoot[],
): Generator<FormerContent> {
  const all: readonly EverListed[] = [...content.roots, ...withdrawn].sort(comparePublication);
  if (
    all.every(({ image, restoredAt }) => image === all[0]?.image && restoredAt === undefined) &&
    withdrawn.length === 0
  ) {
    return;
  }
  const asOf = (roots: readonly EverListed[], endedMs: number, byPublication: boolean): FormerContent[] => {
    const [first, ...others] = roots.filter((root) => !hadLeft(root, endedMs));
    return first === undefined
      ? []
      : [{ content: { ...content, roots: [first, ...others] }, endedMs, byPublication }];
  };
  let settledMs = 0;
  for (const [at, root] of all.entries()) {
    settledMs = Math.max(settledMs, root.projectedAt.getTime(), root.publishedAt.getTime());
    yield* asOf(all.slice(0, at), settledMs, true);
    const { restoredAt, withdrawnAt } = root;
    if (restoredAt !== undefined) {
      yield* asOf(
        all.filter((other) => other !== root && other.publishedAt < restoredAt),
        restoredAt.getTime(),
        false,
      );
    }
    if (withdrawnAt !== undefined) {
      yield* asOf(
        all.filter((other) => other.publishedAt < withdrawnAt),
        withdrawnAt.getTime(),
        false,
      );
    }
  }
}

type EverListed = PublishedRoot & Partial<Pick<WithdrawnRoot, 'withdrawnAt'>>;

function hadLeft({ withdrawnAt }: EverListed, atMs: number): boolean {
  return withdrawnAt !== undefined && withdrawnAt.getTime() < atMs;
}
