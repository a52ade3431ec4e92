import { DEFAULT_VARIANT } from '@imgsrv/catalog';
import { compareText, sortedRecord } from './order.js';
import type { PublishedContent } from './contents.js';
import type { ImageType, PublishedRoot } from './published-root.js';

/** What a product says of its content, beside names and files. */
export interface Labels {
  readonly os: string;
  readonly release: string;
  readonly releaseTitle: string;
  readonly variant: string;
  readonly version: string;
  readonly requirements: Readonly<Record<string, string>>;
  /** `YYYY-MM-DD` */
  readonly endOfLife: string | undefined;
}

/** Said of a content that says nothing itself while its publishers disagree. */
const UNKNOWN = 'unknown';

/** A content as it is, or was once, published. */
export type LabelledContent = Pick<PublishedContent, 'architecture' | 'roots' | 'facts'>;

/**
 * What a content is called: its own word; else that of the images it is in, when all of them agree; else a word that is
 * nobody's. So no image decides what another one's names show. Each image speaks through its first publication.
 */
export function labelsOf({ roots, facts }: LabelledContent): Labels {
  const images = firstOfEachImage(roots);
  const agreed = (say: (root: PublishedRoot) => string): string | undefined => {
    const words = new Set(images.map(say));
    return words.size === 1 ? [...words][0] : undefined;
  };
  const release = facts?.release ?? agreed((root) => root.release) ?? UNKNOWN;
  return {
    os: facts?.os ?? agreed(({ os }) => os) ?? UNKNOWN,
    release,
    releaseTitle:
      facts?.releaseTitle ?? facts?.release ?? agreed(({ releaseTitle }) => releaseTitle) ?? release,
    variant: facts?.variant ?? agreed(({ variant }) => variant) ?? DEFAULT_VARIANT,
    // Clients leave out a version that is empty.
    version: agreed(({ version }) => version) ?? '',
    requirements: sortedRecord({
      ...secureBootOf(roots[0].imageType, agreed),
      ...requirementsOf(roots, facts),
    }),
    endOfLife: agreed(({ endOfLife }) => endOfLife ?? '') || undefined,
  };
}

/** Clients start a virtual machine that says so only where Secure Boot is off. */
function secureBootOf(
  imageType: ImageType,
  agreed: (say: (root: PublishedRoot) => string) => string | undefined,
): Readonly<Record<string, string>> {
  const isRefused =
    imageType === 'virtual-machine' && agreed(({ secureBoot }) => String(secureBoot)) === 'false';
  return isRefused ? { secureboot: 'false' } : {};
}

/** Contents have requirements, and what they say goes before all else; rows of one that was not read again yet have them from it as well. */
function requirementsOf(
  roots: LabelledContent['roots'],
  facts: LabelledContent['facts'],
): Readonly<Record<string, string>> {
  return facts === undefined ? roots[0].requirements : (facts.requirements ?? {});
}

/** How the names of the files of a content begin, and whether part of their hash has to follow. */
export interface FileStem {
  readonly parts: readonly string[];
  readonly withHash: boolean;
}

/**
 * A content of one image has the names of its first version there. One of several images has a name that is made of
 * labels and so belongs to none of them.
 */
export function fileStemOf(content: LabelledContent, labels: Labels): FileStem {
  const [first] = content.roots;
  const isOfOneImage = content.roots.every(({ image }) => image === first.image);
  const [head, variant] = isOfOneImage
    ? [[first.image, first.version], first.variant]
    : [[labels.os, labels.release], labels.variant];
  return {
    parts: [...head, content.architecture, ...(variant === DEFAULT_VARIANT ? [] : [variant])],
    withHash: !isOfOneImage,
  };
}

function firstOfEachImage(roots: readonly PublishedRoot[]): readonly PublishedRoot[] {
  const firsts = new Map<string, PublishedRoot>();
  for (const root of roots) {
    if (!firsts.has(root.image)) {
      firsts.set(root.image, root);
    }
  }
  return [...firsts.values()].sort((left, right) => compareText(left.image, right.image));
}
