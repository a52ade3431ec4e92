/** A header field of an answer whose value is text. */
export function textHeader(description: string): { description: string; schema: { type: 'string' } } {
  return { description, schema: { type: 'string' } };
}
