import type { Request } from 'express';

const BASIC = /^Basic +([A-Za-z0-9+/]+=*)$/i;

/** Whether the request presents the scheme at all, well-formed or not. */
export function isBasic(request: Request): boolean {
  return /^Basic\b/i.test(request.headers.authorization ?? '');
}

/** The password of an Authorization header of the scheme Basic (RFC 7617), whatever the user name; undefined when it is none. */
export function basicPassword(header: string): string | undefined {
  const encoded = BASIC.exec(header)?.[1];
  if (encoded === undefined) {
    return undefined;
  }
  const text = Buffer.from(encoded, 'base64').toString('latin1');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : text.slice(colon + 1);
}
