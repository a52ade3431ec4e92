import type { IncomingHttpHeaders } from 'node:http';
import type { AliasPrecondition } from '@imgsrv/catalog';
import { listsEntityTag } from '../http/entity-tags.js';

/**
 * What `If-Match` and `If-None-Match` demand of an alias before it is changed (RFC 9110, 13.1). Without them every
 * change is made. A weakened form of our own tag counts in `If-Match`: proxies that compress make it on the way to the
 * client, and an alias has one representation, so nothing is lost.
 */
export function aliasPrecondition(headers: IncomingHttpHeaders): AliasPrecondition {
  const ifMatch = headers['if-match'];
  const ifNoneMatch = headers['if-none-match'];
  return (current) =>
    (ifMatch === undefined || lists(ifMatch, current?.entityTag)) &&
    (ifNoneMatch === undefined || !lists(ifNoneMatch, current?.entityTag));
}

function lists(header: string, entityTag: string | undefined): boolean {
  return entityTag !== undefined && listsEntityTag(header, entityTag, 'weak');
}
