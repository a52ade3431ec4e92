import { Lexer, Parser } from 'yaml';

const MAX_DEPTH = 64;
/** A hundred times what the metadata of distributions has; as many as are parsed within half a second. */
const MAX_TOKENS = 20_000;

/**
 * Whether a YAML text is shallow and short enough to be composed, which recurses once per level: deep enough nesting
 * ends the whole process inside V8, where nothing can catch it. The token parser used here nests on a stack of its
 * own, which is looked at after each token.
 */
export function isComposableYaml(text: string): boolean {
  const parser = new Parser();
  let tokens = 0;
  for (const token of new Lexer().lex(text)) {
    Array.from(parser.next(token));
    tokens += 1;
    if (tokens > MAX_TOKENS || parser.stack.length > MAX_DEPTH) return false;
  }
  return true;
}
