/** What a JSON schema says of a text. Lengths count characters, as everywhere in JSON Schema. */
export interface TextSchema {
  readonly pattern: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  /** What of the rule no engine but ours can express, for people. */
  readonly rest?: string;
}

/** What of our rules stands for what elsewhere, or must be told in words. */
const REWRITES: readonly (readonly [RegExp, string, string?])[] = [
  [/\\p\{Cc\}/g, '\\x00-\\x1f\\x7f-\\x9f'],
  [/\\p\{Cs\}/g, '', 'No unpaired surrogates.'],
  [/\(\?=\.\*\\S\)/g, '', 'Not only blanks.'],
  [/\\0/g, '\\x00'],
];
const TOTAL_LENGTH = /^\^\(\?=\.\{(\d+),(\d+)\}\$\)/;
/** Engines differ in whether they count a character beyond the basic plane as one or as two. */
const LENGTH_OF_ANYTHING = /^\^(\[\^[^\]]*\])\{(\d+),(\d+)\}\$$/;
const UNPORTABLE = /\\[pPkuU]|\(\?[^:]|\\[1-9]/;

/**
 * A pattern of the service as regular expressions of ECMAScript without flags, Python and Go understand it. What
 * these cannot express is left out and told in words: they accept all that the service accepts, and a little more.
 * Throws an error for a pattern that it cannot carry over.
 */
export function portablePattern({ source }: RegExp): TextSchema {
  const rest: string[] = [];
  let pattern = source;
  for (const [ours, theirs, words] of REWRITES) {
    if (words !== undefined && pattern.search(ours) >= 0) {
      rest.push(words);
    }
    pattern = pattern.replace(ours, theirs);
  }
  const [total, shortest, longest] = TOTAL_LENGTH.exec(pattern) ?? [];
  const [, anything, fewest, most] = LENGTH_OF_ANYTHING.exec(pattern) ?? [];
  const schema: TextSchema = {
    pattern: pattern.replace(total ?? '', total === undefined ? '' : '^'),
    ...lengths(shortest, longest),
    ...(anything === undefined ? {} : { pattern: `^${anything}*$`, ...lengths(fewest, most) }),
    ...(rest.length === 0 ? {} : { rest: rest.join(' ') }),
  };
  if (UNPORTABLE.test(schema.pattern)) {
    throw new Error(`the pattern ${source} cannot be documented: say how in portable-pattern.ts`);
  }
  return schema;
}

function lengths(fewest: string | undefined, most: string | undefined): Partial<TextSchema> {
  return fewest === undefined || most === undefined
    ? {}
    : { ...(fewest === '0' ? {} : { minLength: Number(fewest) }), maxLength: Number(most) };
}
