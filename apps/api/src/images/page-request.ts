import type { PageRequest } from '@imgsrv/catalog';
import { LARGEST_PAGE, type PageQuery } from '../http/page.js';

export function toPageRequest({ limit = LARGEST_PAGE, cursor }: PageQuery): PageRequest {
  return { limit, ...(cursor === undefined ? {} : { cursor }) };
}
