/** Which part of a list is asked for. */
export interface PageRequest {
  /** At most so many items. */
  readonly limit: number;
  /** What the page before said comes next; absent for the first page. */
  readonly cursor?: string;
}

/** One part of a list in a stable order. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Absent on the last page. Opaque. */
  readonly nextCursor?: string;
}

/**
 * Cuts a page from rows of which one more than the limit was read: that one only tells that there is a next page,
 * which begins behind the last item kept.
 */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
  cursorOf: (row: Row) => string,
): Page<Item> {
  const kept = rows.slice(0, limit);
  const last = kept.at(-1);
  return {
    items: kept.map(toItem),
    ...(rows.length > limit && last !== undefined ? { nextCursor: cursorOf(last) } : {}),
  };
}
