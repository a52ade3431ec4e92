/** A slice of a list in its stable order: at most `limit` items that come after the item `after`. */
export interface PageRequest<Id> {
  readonly limit: number;
  readonly after?: Id;
}

export interface Page<Item, Id> {
  readonly items: readonly Item[];
  /** The `after` of the following page; absent on the last one. */
  readonly next?: Id;
}

/** Cuts a page from `limit + 1` rows; the extra row only tells that there is more. */
export function toPage<Item extends { readonly id: Id }, Id>(
  rows: readonly Item[],
  limit: number,
): Page<Item, Id> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return rows.length > limit && last !== undefined ? { items, next: last.id } : { items };
}
