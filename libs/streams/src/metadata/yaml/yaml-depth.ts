import { Lexer, Parser } from 'yaml';

const MAX_DEPTH = 64;
/** Ten times what the metadata of distributions has; as many are parsed within some tens of milliseconds. */
const MAX_TOKENS = 5000;

/** Each other one is an error, and making an error takes long. */
const ESCAPE = /\\(?:[0abefnrtvNLP_ "/\\\n\t]|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})/g;

/** The lexer's mark of a plain scalar, and one without a character. */
const EMPTY_PLAIN_SCALAR = new Set(['\u001f', '']);

/**
 * Says why a YAML text is not to be composed, which takes time for each token and error, and recurses once per level: deep enough
 * nesting ends the whole process inside V8, where nothing can catch it. The token parser used here nests on a stack of
 * its own, which is looked at after each token.
 */
export function findUncomposable(text: string): string | undefined {
  const parser = new Parser();
  let tokens = 0;
  let line = 1;
  let isAfterTag = false;
  for (const token of new Lexer().lex(text)) {
    Array.from(parser.next(token));
    tokens += 1;
    if (tokens > MAX_TOKENS) return `it has more than ${MAX_TOKENS} elements of YAML.`;
    if (parser.stack.length > MAX_DEPTH)
      return `line ${line}: it is nested more than ${MAX_DEPTH} levels deep.`;
    if (token.startsWith('"') && token.replaceAll(ESCAPE, '').includes('\\')) {
      return `line ${line}: in double quotes a backslash begins an escape; use single quotes or write \\\\.`;
    }
    if (isAfterTag && /^[,\]}]$/.test(token)) {
      return `line ${line}: a tag (!…) needs a value after it; leave the tag out.`;
    }
    isAfterTag = token.startsWith('!') || (isAfterTag && EMPTY_PLAIN_SCALAR.has(token));
    line += countLines(token);
  }
  return undefined;
}

function countLines(token: string): number {
  let lines = 0;
  for (let at = token.indexOf('\n'); at !== -1; at = token.indexOf('\n', at + 1)) lines += 1;
  return lines;
}
