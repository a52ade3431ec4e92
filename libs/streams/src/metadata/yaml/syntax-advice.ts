import type { ErrorCode } from 'yaml';

const ADVICE: Partial<Record<ErrorCode, string>> = {
  BAD_INDENT: 'the indentation does not fit what is above; indent with the same number of spaces.',
  TAB_AS_INDENT: 'a tab is no indentation; indent with spaces.',
  BLOCK_AS_IMPLICIT_KEY: 'a value with ": " in it needs quotes.',
  BLOCK_IN_FLOW: 'within [] and {} there is no block; put the value in quotes.',
  BAD_SCALAR_START: 'a value that begins with @, ` or % needs quotes.',
  MISSING_CHAR: 'a quote, bracket or colon is missing; each one opened has to be closed.',
  MULTILINE_IMPLICIT_KEY: 'a name and its colon stand on one line; a value of several lines needs quotes.',
  DUPLICATE_KEY: 'a name stands there twice; write it once.',
};

/** What a publisher does about an error of syntax. */
export function adviceFor(code: ErrorCode): string {
  return ADVICE[code] ?? 'check the quotes, brackets, colons and indentation there.';
}
