import type { Connection } from '@imgsrv/platform';
import type { ImageId } from '../names/names.js';
import { hasContent } from '../search/content-filter.repository.js';
import { SqlParameters } from '../search/sql-parameters.js';
import { LISTED_COLUMNS, type VersionRow } from './version.repository.js';
import type { VersionSearch } from './version-search.js';
import type { VersionState } from './version.js';

/** Microseconds, which a JavaScript date would cut; drafts come before everything published. */
const PUBLISHED_ORDER = `COALESCE((extract(epoch FROM v.published_at) * 1000000)::bigint, 9223372036854775807)`;
const CREATED_ORDER = '(extract(epoch FROM v.created_at) * 1000000)::bigint';

export interface OrderedVersionRow extends VersionRow {
  readonly published_order: string;
  readonly created_order: string;
}

/** By name, or drafts first, newest first, then those that were published, newest published first. */
export async function listVersions(
  connection: Connection,
  imageId: ImageId,
  states: readonly VersionState[],
  search: VersionSearch,
  limit: number,
  after: readonly string[],
): Promise<OrderedVersionRow[]> {
  const parameters = new SqlParameters();
  const isByName = search.sort === 'name';
  const conditions = [
    `v.image_id = ${parameters.add(imageId, 'uuid')}`,
    `v.state = ANY (${parameters.add(states, 'text[]')})`,
    ...(isByName ? comesAfterName(after, parameters) : comesAfterTime(after, parameters)),
    ...hasContent('v', search, parameters),
  ];
  return connection.rows<OrderedVersionRow>(
    `SELECT ${LISTED_COLUMNS}, ${PUBLISHED_ORDER}::text AS published_order, ${CREATED_ORDER}::text AS created_order
       FROM versions v
      WHERE ${conditions.join(' AND ')}
      ORDER BY ${isByName ? 'v.version' : `${PUBLISHED_ORDER} DESC, ${CREATED_ORDER} DESC, v.id DESC`}
      LIMIT ${parameters.add(limit, 'bigint')}`,
    parameters.values,
  );
}

function comesAfterName([version]: readonly string[], parameters: SqlParameters): string[] {
  return version === undefined ? [] : [`v.version > ${parameters.add(version, 'text')}`];
}

function comesAfterTime([published, created, id]: readonly string[], parameters: SqlParameters): string[] {
  return published === undefined
    ? []
    : [
        `(${PUBLISHED_ORDER}, ${CREATED_ORDER}, v.id) < (${parameters.add(published, 'bigint')},
           ${parameters.add(created, 'bigint')}, ${parameters.add(id, 'uuid')})`,
      ];
}
