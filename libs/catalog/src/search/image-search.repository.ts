import type { Connection } from '@imgsrv/platform';
import { IMAGE_COLUMNS, type ImageRow } from '../images/image.repository.js';
import { type Audience, isInAudience } from '../visibility.js';
import { offersContent } from './content-filter.repository.js';
import { type ImageSearch, type ImageSort, type SortedImage, wordsOf } from './image-search.js';
import { SqlParameters } from './sql-parameters.js';

export type FoundImageRow = ImageRow & SortedImage & { readonly published_versions: number };

/** A statement and its values. */
export interface ImagePage {
  readonly sql: string;
  readonly values: readonly unknown[];
  /** For a statement around it, in which its rows are `i`. */
  readonly order: string;
}

/** What a search looks at of an image. */
const SEARCHED = `lower(i.name || ' ' || COALESCE(i.display_name, '') || ' ' || COALESCE(i.description, ''))`;
const NEWEST_ORDER = '(extract(epoch FROM p.newest_at) * 1000000)::bigint';

/** The images of a page, as `pageOfImages` finds them. */
export async function listImages(
  connection: Connection,
  search: ImageSearch,
  audience: Audience,
  limit: number,
  after: readonly string[],
): Promise<FoundImageRow[]> {
  const { sql, values } = pageOfImages(search, audience, limit, after);
  return connection.rows<FoundImageRow>(sql, values);
}

/**
 * Images of the audience with something published that are like that, those after `after`, in the order asked for: the one
 * statement of all lists of images.
 */
export function pageOfImages(
  search: ImageSearch,
  audience: Audience,
  limit: number,
  after: readonly string[],
): ImagePage {
  const { sort = 'name' } = search;
  const parameters = new SqlParameters();
  const conditions = [
    isInAudience('i', parameters.add(audience, 'text[]')),
    ...comesAfter(sort, after, parameters),
    ...matches(search, parameters),
  ];
  return {
    sql: `SELECT ${IMAGE_COLUMNS}, p.versions AS published_versions, ${NEWEST_ORDER}::text AS newest_order
            FROM images i JOIN published_images p ON p.image_id = i.id
           WHERE ${conditions.join('\n             AND ')}
           ORDER BY ${sort === 'name' ? 'i.name' : 'p.newest_at DESC, p.image_id DESC'} LIMIT ${parameters.add(limit, 'bigint')}`,
    values: parameters.values,
    order: sort === 'name' ? 'i.name' : 'i.newest_order::bigint DESC, i.id DESC',
  };
}

function comesAfter(sort: ImageSort, after: readonly string[], parameters: SqlParameters): string[] {
  const [first, id] = after;
  if (first === undefined) {
    return [];
  }
  return sort === 'name'
    ? [`i.name > ${parameters.add(first, 'text')}`]
    : [
        `(p.newest_at, p.image_id)
           < ('epoch'::timestamptz + ${parameters.add(first, 'bigint')} * interval '1 microsecond', ${parameters.add(id, 'uuid')})`,
      ];
}

function matches(search: ImageSearch, parameters: SqlParameters): string[] {
  const words = wordsOf(search.text);
  return [
    ...words.map((word) => `strpos(${SEARCHED}, lower(${parameters.add(word, 'text')})) > 0`),
    ...(search.visibility === undefined
      ? []
      : [`i.visibility = ${parameters.add(search.visibility, 'text')}`]),
    ...offersContent('i.id', search, parameters),
  ];
}
