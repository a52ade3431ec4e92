/** `hasAny(claims.groups, ["a", "b"])`: the claim, one text or a list, is or contains one of these. */
export function hasAny(claim: unknown, wanted: readonly unknown[]): boolean {
  return itemsOf(claim, 'hasAny').some((item) => wanted.includes(item));
}

/** `hasToken(claims.scope, "push")`: the claim, a list or a text of words between spaces, contains this one. */
export function hasToken(claim: unknown, token: string): boolean {
  return typeof claim === 'string'
    ? claim.split(' ').includes(token) && token !== ''
    : itemsOf(claim, 'hasToken').includes(token);
}

function itemsOf(claim: unknown, name: string): readonly unknown[] {
  if (typeof claim === 'string') {
    return [claim];
  }
  if (!Array.isArray(claim)) {
    throw new TypeError(`${name} needs a text or a list`);
  }
  return claim;
}
