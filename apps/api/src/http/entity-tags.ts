/** Elements of a list; commas within quotes separate nothing. */
const ELEMENT = /(?:[^,"]|"[^"]*"?)+/g;

/**
 * Whether the list of an `If-Match` (compared strongly) or `If-None-Match` (weakly) holds the entity tag `current`,
 * given with its quotes (RFC 9110, 8.8.3.2); `*` holds every one. What is no entity tag matches nothing.
 */
export function listsEntityTag(header: string, current: string, comparison: 'strong' | 'weak'): boolean {
  if (header.trim() === '*') {
    return true;
  }
  return (header.match(ELEMENT) ?? [])
    .map((element) => element.trim())
    .some((tag) => (comparison === 'weak' ? tag.replace(/^W\//, '') : tag) === current);
}
