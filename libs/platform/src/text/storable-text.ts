/**
 * Whether Postgres can keep the text as it is: well-formed Unicode, so no half of a surrogate pair, and no NUL. What comes
 * from outside is asked at the border, so that no statement fails on it later.
 */
export function isStorableText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

/** As `isStorableText`, for every text and every key inside of a JSON value, however deep. */
export function isStorableJson(value: unknown): boolean {
  const open: unknown[] = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next === 'string') {
      if (!isStorableText(next)) {
        return false;
      }
    } else if (typeof next === 'object' && next !== null) {
      for (const [key, member] of Object.entries(next)) {
        open.push(key, member);
      }
    }
  }
  return true;
}
