import { decodeCursor, encodeCursor } from '@imgsrv/platform';
import { VERSION_ID, VERSION_NAME } from '../names/names.js';
import type { ContentFilter } from '../search/content-filter.js';

/** Which of the versions of an image are asked for, and in which order. */
export interface VersionSearch extends ContentFilter {
  readonly sort?: VersionSort;
}

/** The newest published first, after what is not published yet; or by name. */
export type VersionSort = 'newest' | 'name';

export const VERSION_SORTS: readonly VersionSort[] = ['newest', 'name'];

/** What the next page of a list in this order begins behind. */
interface SortedVersion {
  readonly id: string;
  readonly version: string;
  readonly published_order: string;
  readonly created_order: string;
}

const BIGINT = /^[0-9]{1,18}$|^9223372036854775807$/;
const NEWEST_SHAPE = [BIGINT, BIGINT, VERSION_ID.pattern];
const NAME_SHAPE = [/^name$/, VERSION_NAME.pattern];

/** Throws InvalidCursorError, also for the cursor of another order. */
export function decodeVersionCursor(cursor: string | undefined, sort: VersionSort): string[] {
  return sort === 'newest' ? decodeCursor(cursor, NEWEST_SHAPE) : decodeCursor(cursor, NAME_SHAPE).slice(1);
}

export function encodeVersionCursor(last: SortedVersion, sort: VersionSort): string {
  return encodeCursor(
    sort === 'newest' ? [last.published_order, last.created_order, last.id] : ['name', last.version],
  );
}
