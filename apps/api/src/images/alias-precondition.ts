import type { IncomingHttpHeaders } from 'node:http';
import type { AliasPrecondition } from '@imgsrv/catalog';
import { listsEntityTag } from '../http/entity-tags.js';

/**
 * What `If-Match` and `If-None-Match` demand of an alias before it is changed (RFC 9110, 13.1). Without them every
 * change is made.
 */
export function aliasPrecondition(headers: IncomingHttpHeaders): AliasPrecondition {
  const ifMatch = headers['if-match'];
  const ifNoneMatch = headers['if-none-match'];
  return (current) =>
    (ifMatch === undefined || lists(ifMatch, current?.entityTag, 'strong')) &&
    (ifNoneMatch === undefined || !lists(ifNoneMatch, current?.entityTag, 'weak'));
}

function lists(header: string, entityTag: string | undefined, comparison: 'strong' | 'weak'): boolean {
  return entityTag !== undefined && listsEntityTag(header, entityTag, comparison);
}
