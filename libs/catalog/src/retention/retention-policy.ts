import { formatDuration } from '@imgsrv/platform';
import { InvalidRetentionError } from '../catalog.errors.js';

/**
 * Which published versions of an image stay: those that any of the rules keeps, those that an alias names, and always the
 * newest one. The others are withdrawn.
 */
export interface RetentionPolicy {
  /** Of the published versions. */
  readonly keepNewest?: number;
  /** Since they were published. */
  readonly keepYoungerThanMs?: number;
}

/** What goes for an image, and who says so. */
export interface EffectivePolicy {
  readonly policy: RetentionPolicy;
  readonly source: 'image' | 'default';
}

export const MAX_KEPT_NEWEST = 100_000;

/** Why a version stays; undefined when it does not. */
export type KeptBecause = 'newest' | 'younger' | 'aliased' | 'last';

/** A published version, and what the policy makes of it now. */
export interface RetentionVerdict {
  readonly version: string;
  readonly publishedAt: Date;
  readonly isKept: boolean;
  /** For people; of a version that is not kept it becomes the reason of its withdrawal. */
  readonly reason: string;
}

/** Throws InvalidRetentionError for a policy that has no rule that keeps something. */
export function requireSomethingKept({ keepNewest, keepYoungerThanMs }: RetentionPolicy): void {
  if (keepNewest === undefined && keepYoungerThanMs === undefined) {
    throw new InvalidRetentionError();
  }
}

/** The reason for what becomes of a version. */
export function describeVerdict(
  policy: RetentionPolicy,
  keptBecause: KeptBecause | undefined,
  alias: string | undefined,
): string {
  switch (keptBecause) {
    case 'newest':
      return `It is among the newest ${policy.keepNewest ?? 0} published versions.`;
    case 'younger':
      return `It was published less than ${age(policy)} ago.`;
    case 'aliased':
      return `The alias ${alias ?? ''} names it.`;
    case 'last':
      return 'It is the newest published version, and one always stays.';
    case undefined:
      return `By the retention policy of the image: it ${failed(policy).join(' and ')}, and no alias names it.`;
  }
}

function failed(policy: RetentionPolicy): string[] {
  const { keepNewest, keepYoungerThanMs } = policy;
  return [
    ...(keepNewest === undefined ? [] : [`is not among the newest ${keepNewest}`]),
    ...(keepYoungerThanMs === undefined ? [] : [`was published ${age(policy)} ago or earlier`]),
  ];
}

function age({ keepYoungerThanMs = 0 }: RetentionPolicy): string {
  return formatDuration(keepYoungerThanMs);
}
