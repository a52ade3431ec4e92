import type { ByteRange } from './object-store.js';

/** Throws `RangeError` when the positions are no inclusive range, or do not lie inside `sizeBytes` where it is known. */
export function requireRangeInside({ start, end }: ByteRange, sizeBytes = Infinity): void {
  const inclusive = Number.isSafeInteger(start) && Number.isSafeInteger(end) && 0 <= start && start <= end;
  if (!inclusive || end >= sizeBytes) throw new RangeError('The range does not lie inside the object.');
}
