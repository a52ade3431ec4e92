/** Deeper than any claims in use. */
const DEEPEST = 16;
const STRUCTURE = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g;

/**
 * JSON whose objects name no key twice and none `__proto__`, nested at most 16 deep: a text that two parsers could read
 * as two things (RFC 8259, 4) must not decide who somebody is. Throws SyntaxError.
 */
export function parseStrictJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  // The text is well formed from here on, so a string before a colon is a key.
  const open: Set<string>[] = [];
  for (const [token, colon] of text.matchAll(STRUCTURE)) {
    if (token === '{' || token === '[') {
      open.push(new Set());
      if (open.length > DEEPEST) {
        throw new SyntaxError(`nested deeper than ${DEEPEST}`);
      }
    } else if (token === '}' || token === ']') {
      open.pop();
    } else if (colon !== undefined) {
      addKey(open.at(-1), token.slice(0, -colon.length));
    }
  }
  return value;
}

function addKey(keys: Set<string> | undefined, literal: string): void {
  const key = String(JSON.parse(literal));
  if (key === '__proto__' || keys?.has(key) !== false) {
    throw new SyntaxError('a key that is named twice or never allowed');
  }
  keys.add(key);
}
