import { decodeCursor, encodeCursor, UUID_PATTERN } from '@imgsrv/platform';
import { IMAGE_NAME } from '../names/names.js';
import type { Visibility } from '../visibility.js';
import type { ContentFilter } from './content-filter.js';

/** Which of the published images are asked for, and in which order. */
export interface ImageSearch extends ContentFilter {
  /** Words, each somewhere in the name, the display name or the description, in any case. */
  readonly text?: string;
  readonly visibility?: Visibility;
  readonly sort?: ImageSort;
}

/** By name, or by when the newest published version was published, the newest first. */
export type ImageSort = 'name' | 'newest';

export const IMAGE_SORTS: readonly ImageSort[] = ['name', 'newest'];

/** Of a search; more are not looked for. */
const MOST_SEARCHED_WORDS = 8;

export function wordsOf(text = ''): string[] {
  return text.split(/\s+/).filter(Boolean).slice(0, MOST_SEARCHED_WORDS);
}

/** What the next page of a list in this order begins behind. */
export interface SortedImage {
  readonly id: string;
  readonly name: string;
  /** Microseconds, which a JavaScript date would cut. */
  readonly newest_order: string;
}

const NEWEST_SHAPE = [/^newest$/, /^[0-9]{1,18}$/, UUID_PATTERN];

/** Throws InvalidCursorError, also for the cursor of another order. */
export function decodeImageCursor(cursor: string | undefined, sort: ImageSort): string[] {
  return sort === 'name'
    ? decodeCursor(cursor, [IMAGE_NAME.pattern])
    : decodeCursor(cursor, NEWEST_SHAPE).slice(1);
}

export function encodeImageCursor(last: SortedImage, sort: ImageSort): string {
  return encodeCursor(sort === 'name' ? [last.name] : ['newest', last.newest_order, last.id]);
}
