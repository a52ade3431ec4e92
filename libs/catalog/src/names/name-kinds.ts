/**
 * What a name within an image can stand for, the strongest first. Versions, aliases and, in Simple Streams, variants of
 * the newest version share one name space (`image/<name>`): a version's name never changes its meaning, whatever is
 * called the same later. `refs` and Simple Streams both resolve names in this order.
 */
const NAME_KINDS = ['version', 'alias', 'variant'] as const;

export type NameKind = (typeof NAME_KINDS)[number];

/** Sorts the stronger claim to a name first. */
export function compareNameKinds(left: NameKind, right: NameKind): number {
  return NAME_KINDS.indexOf(left) - NAME_KINDS.indexOf(right);
}

/** What a name stands for: the strongest of the claims to it, or undefined without any. */
export function resolveName<Meaning>(
  claims: Readonly<Partial<Record<NameKind, Meaning | undefined>>>,
): { readonly kind: NameKind; readonly meaning: Meaning } | undefined {
  for (const kind of NAME_KINDS) {
    const meaning = claims[kind];
    if (meaning !== undefined) {
      return { kind, meaning };
    }
  }
  return undefined;
}
