import type { PageRequest } from '@imgsrv/auth';
import { InvalidRequestError } from '../http/http.errors.js';
import { LARGEST_PAGE, type PageQuery } from '../http/page.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The page that a query asks for. The cursors of these lists are the ids of their entries, of this `pattern`. */
export function toPageRequest<Id>(
  query: PageQuery,
  brand: (id: string) => Id,
  pattern = UUID,
): PageRequest<Id> {
  const { limit = LARGEST_PAGE, cursor } = query;
  if (cursor === undefined) {
    return { limit };
  }
  if (!pattern.test(cursor)) {
    throw new InvalidRequestError('The request is not valid.', [
      { pointer: '/cursor', detail: 'cursor must come from the Link header of a page of this list' },
    ]);
  }
  return { limit, after: brand(cursor) };
}
