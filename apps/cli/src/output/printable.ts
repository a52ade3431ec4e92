/**
 * Text of a server, for a terminal: a name or a message must not move the cursor, change colours, or turn the direction of
 * what stands beside it. Keeps line breaks.
 */
export function printable(text: string): string {
  return text.replaceAll(/(?!\n)[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu, '�');
}

/** The same within one line. */
export function printableLine(text: string): string {
  return printable(text.replaceAll(/\s+/g, ' ').trim());
}
